import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedPostgres } from '#src/dev/embedded-postgres/index.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import { duplicatesIn, missingFrom } from '#test/support/arrivals.ts';
import { lasting, reportChaos } from '#test/support/chaos.ts';
import { settledLedger } from '#test/support/ledger.ts';
import { postWhile } from '#test/support/load.ts';
import { startPostgresProxy } from '#test/support/postgres-proxy.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

/** Ends PostgreSQL as `pg_ctl stop -m immediate` and `-m fast` do. */
const SIGNALS = ['SIGQUIT', 'SIGINT', 'SIGQUIT'] as const;
const SHUTDOWNS = Array.from({ length: lasting({ short: 1, long: 5 }) }, () => SIGNALS).flat();

test(
  'nothing is lost or counted twice while PostgreSQL is restarted under load',
  { timeout: lasting({ short: 120_000, long: 600_000 }) },
  async (t) => {
    await using folder = await createTemporaryFolder();
    let postgres = await startEmbeddedPostgres({ dataDir: folder.path });
    // Also when the test fails: nobody else stops it.
    await using parts = new AsyncDisposableStack();
    parts.defer(() => postgres.stop());
    await prepareDatabase(postgres.url);
    const proxy = parts.use(await startPostgresProxy(postgres.url));
    const server = await startServerProcess({
      databaseUrl: proxy.url,
      entry: 'start',
      env: { DELIVERY_TIMEOUT_MS: '1000', DELIVERY_LEASE_SECONDS: '3' },
    });
    parts.use(server);
    const setup = parts.use(await startTestServer({ runs: 'web', databaseUrl: proxy.url }));
    await using receiver = await startReceiver();
    const { apiKey, app } = await createSubscribedApp(setup, { url: receiver.url });

    const accepted = new Set<string>();
    let hasEnded = false;
    const posting = postWhile(
      () => server.url,
      { apiKey, appId: app.id, accepted },
      () => hasEnded,
    );
    for (const signal of SHUTDOWNS) {
      await receiver.firstRequests(receiver.requests.length + 200);
      process.kill(await postmasterIn(folder.path), signal);
      await postgres.stop();
      postgres = await startEmbeddedPostgres({ dataDir: folder.path });
      proxy.leadTo(postgres.url);
    }
    await receiver.firstRequests(receiver.requests.length + 200);
    hasEnded = true;
    await posting;

    const { delivered = 0, ...others } = await settledLedger(setup.container.pool);
    await reportChaos(t, { accepted, delivered, requests: receiver.requests });
    assert.deepEqual(others, {});
    assert.ok(delivered >= accepted.size && accepted.size > 500);
    assert.deepEqual(missingFrom(receiver.requests, accepted), []);
    // It went on to live with what it had sent in mind, and no restart outlasted its leases by much.
    assert.ok(duplicatesIn(receiver.requests) < delivered / 100);
  },
);

async function postmasterIn(dataDir: string): Promise<number> {
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  return Number.parseInt(file, 10);
}
