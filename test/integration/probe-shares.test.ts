import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointProber } from '#src/endpoints/endpoint-prober.ts';
import { eventually } from '#test/support/eventually.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const URL = 'http://127.0.0.1:9/';
const NEVER_MS = 3_600_000;

/** A new account whose `count` endpoints are due for a probe, since long ago or not; answers how many of them still are. */
async function accountWithProbesDue({
  server,
  count,
  since,
}: Due): Promise<() => Promise<number | undefined>> {
  const { pool } = server.container;
  const { app, subscription } = await createSubscribedApp(server, { url: URL });
  await pool.query(
    `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted, status,
       inactive_reason, inactive_since, next_probe_at)
     select gen_random_uuid(), $1, $2, $3, $4, '1.0', '', 'inactive', 'attempts_exhausted', $5::timestamptz, $5
     from generate_series(1, $6)`,
    [app.accountId, app.id, subscription.id, URL, since, count],
  );
  return async () => {
    const { rows } = await pool.query<{ due: number }>(
      'select count(*)::int as due from endpoints where account_id = $1 and next_probe_at < now()',
      [app.accountId],
    );
    return rows[0]?.due;
  };
}

interface Due {
  server: TestServer;
  count: number;
  since: Date;
}

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

test('an account whose endpoints are all off has five probes a look, and takes nobody’s turn', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const many = await accountWithProbesDue({ server, count: 120, since: ago(60) });
  const other = await accountWithProbesDue({ server, count: 1, since: ago(1) });
  const prober = new EndpointProber(server.container);
  await prober.probe();
  assert.deepEqual([await many(), await other()], [115, 0]);
  await prober.probe();
  assert.equal(await many(), 110);
});

test('a look that found all that it takes is followed by the next one at once', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const accounts = await Promise.all(
    Array.from({ length: 21 }, () => accountWithProbesDue({ server, count: 5, since: ago(60) })),
  );
  const prober = new EndpointProber({ ...server.container, lookEveryMs: NEVER_MS });
  prober.start();
  try {
    await eventually('all probed', async () => {
      const due = await Promise.all(accounts.map((stillDue) => stillDue()));
      return due.every((count) => count === 0);
    });
  } finally {
    await prober.stop();
  }
});
