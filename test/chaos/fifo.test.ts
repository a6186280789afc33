import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lasting } from '#test/support/chaos.ts';
import { settledLedger } from '#test/support/ledger.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const env = {
  DELIVERY_TIMEOUT_MS: '1000',
  DELIVERY_LEASE_SECONDS: '2',
  DELIVERY_RETRY_DELAYS: '0.2,0.2,0.2,0.2',
};
const MESSAGES_BETWEEN_KILLS = 8;
const KILLS = lasting({ short: 2, long: 20 });
const EVERY_FAILING = 4;

test('webhooks of a FIFO endpoint stay in order while some are replayed, attempts fail and workers die', async () => {
  await using web = await startTestServer({ runs: 'web', env });
  let asked = 0;
  await using receiver = await startReceiver(({ response }) => {
    asked += 1;
    response.writeHead(asked % EVERY_FAILING === 0 ? 500 : 200).end();
  });
  const setup = { url: receiver.url, rules: { ordering: 'fifo' as const }, status: 'inactive' as const };
  const { endpointNow, post } = await createSubscribedApp(web, setup);
  const numbers = Array.from({ length: MESSAGES_BETWEEN_KILLS * (KILLS + 1) }, (_, number) => number);
  const postSome = async (some: number[]) => {
    for (const number of some) await post({ dataText: String(number) });
  };
  const half = numbers.length / 2;
  await postSome(numbers.slice(0, half));
  const { endpoints, replays } = web.container;
  await replays.start(await endpoints.update(await endpointNow(), { status: 'active' }), {
    states: ['held'],
  });

  const worker = { databaseUrl: web.databaseUrl, entry: 'worker', env } as const;
  for (let kills = 1; kills <= KILLS; kills += 1) {
    await using victim = await startServerProcess(worker);
    if (kills === 1) {
      // The whole replay is in the queue of its endpoint by then: before that, what is posted would go first.
      await receiver.firstRequests(1);
      await postSome(numbers.slice(half));
    }
    await receiver.firstRequests(MESSAGES_BETWEEN_KILLS * kills);
    victim.program.kill('SIGKILL');
    await victim.program.ended;
  }
  await using _last = await startServerProcess(worker);
  const settled = await settledLedger(web.container.pool, 60_000);

  assert.deepEqual(settled, { delivered: numbers.length });
  const arrived = receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { data: number }).data);
  // One that arrived before its worker died may come again, and nothing after it has come yet.
  assert.deepEqual(
    arrived,
    arrived.toSorted((one, other) => one - other),
  );
  assert.deepEqual([...new Set(arrived)], numbers);
});
