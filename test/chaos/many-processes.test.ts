import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicatesIn, missingFrom } from '#test/support/arrivals.ts';
import { lasting, reportChaos } from '#test/support/chaos.ts';
import { settledLedger } from '#test/support/ledger.ts';
import { postWhile } from '#test/support/load.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const MESSAGES = lasting({ short: 1000, long: 60_000 });
const PATIENCE = { timeout: lasting({ short: 180_000, long: 900_000 }) };

test(
  'two webs and three workers deliver all of it once, also when some of them are told to stop',
  PATIENCE,
  async (t) => {
    await using setup = await startTestServer({ runs: 'web' });
    await using receiver = await startReceiver();
    const { apiKey, app } = await createSubscribedApp(setup, { url: receiver.url });
    const { databaseUrl } = setup;
    const start = (entry: 'web' | 'worker') => startServerProcess({ databaseUrl, entry });
    const [web1, web2, worker1, worker2, worker3] = await Promise.all([
      start('web'),
      start('web'),
      start('worker'),
      start('worker'),
      start('worker'),
    ]);
    await using parts = new AsyncDisposableStack();
    for (const part of [web1, web2, worker1, worker2, worker3]) parts.use(part);

    const accepted = new Set<string>();
    const load = { apiKey, appId: app.id, accepted };
    const isEnough = () => accepted.size >= MESSAGES;
    let first = web1.url;
    const posting = Promise.all([
      postWhile(() => first, load, isEnough),
      postWhile(() => web2.url, load, isEnough),
    ]);
    for (const [index, { program }] of [worker1, web1, worker2].entries()) {
      await receiver.firstRequests(((index + 1) * MESSAGES) / 5, PATIENCE.timeout);
      if (program === web1.program) first = web2.url;
      program.kill('SIGTERM');
      assert.equal(await program.ended, 0);
    }
    await posting;

    const { delivered = 0, ...others } = await settledLedger(setup.container.pool, 60_000);
    await reportChaos(t, { accepted, delivered, requests: receiver.requests });
    assert.deepEqual(others, {});
    assert.ok(delivered >= accepted.size);
    assert.deepEqual(missingFrom(receiver.requests, accepted), []);
    const duplicates = duplicatesIn(receiver.requests);
    assert.ok(duplicates < delivered / 100, `${String(duplicates)} duplicates of ${String(delivered)}`);
  },
);
