import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicatesIn, missingFrom } from '#test/support/arrivals.ts';
import { lasting, reportChaos } from '#test/support/chaos.ts';
import { eventually } from '#test/support/eventually.ts';
import { startHeldReceiver } from '#test/support/held-receiver.ts';
import { settledLedger } from '#test/support/ledger.ts';
import { postWhile } from '#test/support/load.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';

const env = {
  DELIVERY_TIMEOUT_MS: '1000',
  DELIVERY_LEASE_SECONDS: '2',
  DELIVERY_RETRY_DELAYS: '0.5,0.5,0.5,0.5',
};

/** Between two kills, so many that what a kill repeats is seen beside what it does not; more where kills are few. */
const ARRIVALS_BETWEEN_KILLS = lasting({ short: 2500, long: 1000 });
/** The load waits for a process that is not back yet: a backlog without end would be another test. */
const MAX_WAITING = 1000;
/** For the arrivals between two kills, on a machine that does much else. */
const PATIENCE_MS = 240_000;

/** Of a process that does everything, then of web and worker in turns. */
const KILLS = lasting({ short: { start: 1, others: 1 }, long: { start: 6, others: 14 } });

test(
  `nothing that was answered 201 is lost over ${String(KILLS.start + KILLS.others)} kill -9 under load`,
  { timeout: 600_000 },
  async (t) => {
    await using scene = await setScene();
    for (let kills = 1; kills <= KILLS.start; kills += 1) {
      await using all = await scene.start('start');
      scene.postTo(all.url);
      await scene.arrivals(ARRIVALS_BETWEEN_KILLS);
      all.program.kill('SIGKILL');
      await all.program.ended;
    }

    await using web = await scene.start('web');
    await using worker = await scene.start('worker');
    const running = { web, worker };
    for (let kills = 1; kills <= KILLS.others; kills += 1) {
      scene.postTo(running.web.url);
      await scene.arrivals(ARRIVALS_BETWEEN_KILLS);
      const victim = kills % 2 === 0 ? 'web' : 'worker';
      running[victim].program.kill('SIGKILL');
      await running[victim].program.ended;
      running[victim] = scene.own(await scene.start(victim));
    }

    const { accepted, requests } = await scene.endLoad();
    const { delivered = 0, ...others } = await settledLedger(scene.pool, 60_000);
    await reportChaos(t, { accepted, delivered, requests });
    assert.deepEqual(others, {});
    assert.deepEqual(missingFrom(requests, accepted), []);
    const duplicates = duplicatesIn(requests);
    assert.ok(duplicates < delivered / 100, `${String(duplicates)} duplicates of ${String(delivered)}`);
  },
);

test('a worker that dies in mid-delivery is followed by another, which repeats only what had no written outcome', async () => {
  await using web = await startTestServer({ runs: 'web', env });
  let isHanging = true;
  await using receiver = await startReceiver(({ request, response }) => {
    if (isHanging && request.body.includes('slow')) return;
    response.writeHead(200).end();
  });
  const { post } = await createSubscribedApp(web, { url: receiver.url });
  const { message: quick } = await post({ dataText: '"quick"' });
  const worker = {
    databaseUrl: web.databaseUrl,
    entry: 'worker',
    env: { ...env, DELIVERY_TIMEOUT_MS: '1500' },
  } as const;
  {
    await using first = await startServerProcess(worker);
    await receiver.nextRequest();
    await eventually(
      'written',
      async () => (await deliveriesOf(web.container.pool, quick))[0]?.state === 'delivered',
    );
    await post({ dataText: '"slow"' });
    await receiver.nextRequest();
    first.program.kill('SIGKILL');
    await first.program.ended;
  }
  isHanging = false;

  await using _second = await startServerProcess(worker);
  const again = await receiver.nextRequest();

  assert.match(again.body.toString(), /slow/);
  assert.equal(again.headers['hostedhooks-attempt'], '1');
  assert.equal(receiver.requests.length, 3);
});

test('SIGTERM finishes what is in flight, returns the rest, and exits 0', async () => {
  await using setup = await startTestServer({ runs: 'web' });
  await using receiver = await startHeldReceiver();
  const { apiKey, app } = await createSubscribedApp(setup, { url: receiver.url });
  const options = {
    databaseUrl: setup.databaseUrl,
    entry: 'start',
    env: { DELIVERY_LEASE_SECONDS: '60' },
  } as const;
  const accepted = new Set<string>();
  {
    await using server = await startServerProcess(options);
    const load = { apiKey, appId: app.id, accepted };
    await postWhile(
      () => server.url,
      load,
      () => accepted.size >= 100,
    );
    server.program.kill('SIGTERM');
    await eventually('stopping', () =>
      fetch(server.url).then(
        () => false,
        () => true,
      ),
    );
    receiver.release();
    assert.equal(await server.program.ended, 0);
  }
  assert.ok(receiver.requests.length < 100, 'nothing was answered before the signal');

  // Long before a lease would end: the jobs were returned, not left to it.
  await using _next = await startServerProcess(options);
  await receiver.firstRequests(100);
  assert.equal(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size, 100);
  assert.equal(receiver.requests.length, 100);
});

/** An app on a database that processes are started on and killed, and a load that follows them. */
async function setScene() {
  const stack = new AsyncDisposableStack();
  const setup = stack.use(await startTestServer({ runs: 'web' }));
  const receiver = stack.use(await startReceiver());
  const { apiKey, app } = await createSubscribedApp(setup, { url: receiver.url });
  const load = { apiKey, appId: app.id, accepted: new Set<string>() };
  const { databaseUrl } = setup;
  const start = (entry: 'web' | 'worker' | 'start') => startServerProcess({ databaseUrl, entry, env });

  let url: string | undefined;
  let hasEnded = false;
  const end = async () => {
    hasEnded = true;
    await posting;
  };
  const waiting = () => load.accepted.size - receiver.requests.length;
  const posting = postWhile(
    () => (waiting() < MAX_WAITING ? url : undefined),
    load,
    () => hasEnded,
  );
  stack.defer(end);

  return {
    start,
    postTo: (to: string) => void (url = to),
    async arrivals(count: number) {
      await receiver.firstRequests(receiver.requests.length + count, PATIENCE_MS);
    },
    /** Until the end of the test. */
    own: <T extends AsyncDisposable>(part: T): T => stack.use(part),
    async endLoad() {
      await end();
      return { accepted: load.accepted, requests: receiver.requests };
    },
    pool: setup.container.pool,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
