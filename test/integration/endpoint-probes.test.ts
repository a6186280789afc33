import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EndpointProber } from '#src/endpoints/endpoint-prober.ts';
import { settledUnsent } from '#src/pipeline/settlement.ts';
import { Settler } from '#src/pipeline/settle.ts';
import { REPLAYABLE_STATES } from '#src/replays/replay.ts';
import { answer, type Behaviour } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { workFor } from '#test/support/settlements.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const HOUR_MS = 3_600_000;
const URL = 'http://127.0.0.1:9/';
const FIRST = { limit: 100, offset: 0 };

/** A prober to which it is `hours` later than it is. */
function proberIn(hours: number, { container }: TestServer, lookEveryMs?: number): EndpointProber {
  const clock = { ...container.clock, now: () => Date.now() + hours * HOUR_MS };
  return new EndpointProber({ ...container, clock, ...(lookEveryMs === undefined ? {} : { lookEveryMs }) });
}

/** Moves all that the endpoint's health says into the past. */
async function age({ pool }: TestServer['container'], { endpoint }: SubscribedApp, hours: number) {
  await pool.query(
    `update endpoints set inactive_since = inactive_since - $2 * interval '1 hour',
       next_probe_at = next_probe_at - $2 * interval '1 hour' where id = $1`,
    [endpoint.id, hours],
  );
}

const hoursBetween = (from: Date | null, to: Date | null) =>
  Math.round(((to?.getTime() ?? NaN) - (from?.getTime() ?? NaN)) / HOUR_MS);

describe('an endpoint that we turned off', () => {
  let server: TestServer;
  let receiver: Receiver;
  before(async () => {
    server = await startTestServer();
    receiver = await startReceiver();
  });
  after(async () => {
    await (receiver as Receiver | undefined)?.[Symbol.asyncDispose]();
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
  });

  /** Turned off by a message that failed, `held` messages ago. */
  async function offByFailure({ held, status = 500 }: { held: number; status?: number }) {
    receiver.behave(answer(status));
    const subscribed = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [] });
    const { app, endpointNow, post } = subscribed;
    const messages = [(await post()).message];
    await eventually('off', async () => (await endpointNow()).status === 'inactive');
    const { directory } = server.container;
    const isKnown = async () =>
      (await directory.get(app.id))?.endpoints.get(subscribed.endpoint.id)?.status === 'inactive';
    await eventually('known to be off', isKnown);
    while (messages.length <= held) messages.push((await post()).message);
    const states = async () => {
      const deliveries = await Promise.all(messages.map((one) => server.container.messages.deliveries(one)));
      return deliveries.map(([delivery]) => delivery?.state);
    };
    const probed = async () => {
      const rows = await server.container.attempts.list(app, {}, FIRST);
      return rows.filter(({ trigger }) => trigger === 'probe');
    };
    /** Probes as if it were `hours` after it was turned off, and waits until the answer is settled. */
    const probe = async (hours: number, behaviour: Behaviour) => {
      receiver.behave(behaviour);
      const count = (await probed()).length;
      const { inactiveSince } = await endpointNow();
      const already = (Date.now() - (inactiveSince?.getTime() ?? NaN)) / HOUR_MS;
      await proberIn(1.001 * hours - already, server).probe();
      await eventually('probed', async () => (await probed()).length === count + 1);
    };
    return { ...subscribed, probe, probed, states };
  }

  test('is turned on when it takes the newest of what it missed; the rest waits for a replay', async () => {
    const { endpoint, endpointNow, post, probe, probed, states } = await offByFailure({ held: 2 });
    const off = await endpointNow();
    assert.equal(hoursBetween(off.inactiveSince, off.nextProbeAt), 1);
    await probe(1, answer(200));

    const on = await endpointNow();
    assert.deepEqual(
      [on.status, on.inactiveReason, on.inactiveSince, on.failingSince, on.nextProbeAt],
      ['active', null, null, null, null],
    );
    assert.deepEqual(await states(), ['failed', 'held', 'delivered']);
    assert.deepEqual(
      (await probed()).map(({ attemptNumber, succeeded }) => [attemptNumber, succeeded]),
      [[1, true]],
    );
    const { message } = await post();
    await eventually('routed to', async () => {
      const [delivery] = await server.container.messages.deliveries(message);
      return delivery?.state === 'delivered';
    });
    await server.container.replays.start(on, { states: REPLAYABLE_STATES });
    await eventually('replayed', async () => (await states()).every((state) => state === 'delivered'));
    assert.equal(endpoint.id, on.id);
  });

  test('is probed after 1, 2, 4, 8, 16 hours and then daily; a probe that fails changes nothing else', async () => {
    const { endpointNow, probe, probed, states } = await offByFailure({ held: 1 });
    const { nextProbeAt: _first, ...offAtFirst } = (await endpointNow()).get();
    for (const [hours, next] of [
      [1, 3],
      [3, 7],
      [7, 15],
      [15, 31],
      [31, 55],
      [55, 79],
    ] as const) {
      await probe(hours, answer(503));
      assert.deepEqual(await states(), ['failed', 'held']);
      const { nextProbeAt, ...off } = (await endpointNow()).get();
      assert.equal(hoursBetween(off.inactiveSince, nextProbeAt), next);
      assert.deepEqual(JSON.stringify(off), JSON.stringify(offAtFirst));
    }
    assert.deepEqual(
      (await probed()).map(({ attemptNumber, nextAttemptAt }) => [attemptNumber, nextAttemptAt]),
      [6, 5, 4, 3, 2, 1].map((number) => [number, null]),
    );
    const { rows } = await server.container.pool.query(`select from pgboss.job where name = 'retry'`);
    assert.equal(rows.length, 0);
  });

  test('is not probed before its time', async () => {
    await offByFailure({ held: 0 });
    const before = receiver.requests.length;
    await proberIn(0.99, server).probe();
    const { rows } = await server.container.pool.query(`select from deliveries where state = 'scheduled'`);
    assert.deepEqual([rows.length, receiver.requests.length], [0, before]);
  });

  test('gets what it failed when it missed nothing since, and has it failed again', async () => {
    const { probe, probed, states } = await offByFailure({ held: 0 });
    await probe(1, answer(500));
    assert.deepEqual(await states(), ['failed']);
    assert.deepEqual(
      (await probed()).map(({ attemptNumber }) => attemptNumber),
      [2],
    );
  });

  test('is gone when it answers 410 to a probe, and never probed again', async () => {
    const { endpointNow, probe, states } = await offByFailure({ held: 1 });
    const { inactiveSince } = await endpointNow();
    await probe(1, answer(410));
    const off = await endpointNow();
    assert.deepEqual(
      [off.status, off.inactiveReason, off.inactiveSince, off.nextProbeAt],
      ['inactive', 'gone', inactiveSince, null],
    );
    assert.deepEqual(await states(), ['failed', 'held']);
  });

  test('is probed by the worker itself', async () => {
    const subscribed = await offByFailure({ held: 1 });
    await age(server.container, subscribed, 2);
    receiver.behave(answer(200));
    await using _worker = await startTestServer({ runs: 'worker', databaseUrl: server.databaseUrl });
    await eventually('on', async () => (await subscribed.endpointNow()).status === 'active');
  });
});

describe('a probe', () => {
  let web: TestServer;
  before(async () => {
    web = await startTestServer({ runs: 'web' });
  });
  after(() => (web as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** As settling turns it off. */
  async function off({ url = URL, reason = 'attempts_exhausted', held = 1 } = {}) {
    const subscribed = await createSubscribedApp(web, { url });
    await addHeldDeliveries(web, subscribed, held);
    await web.container.pool.query(
      `update endpoints set status = 'inactive', inactive_since = now(), inactive_reason = $2,
         next_probe_at = case $2 when 'attempts_exhausted' then now() + interval '1 hour' end where id = $1`,
      [subscribed.endpoint.id, reason],
    );
    const delivery = async () => {
      const { rows } = await web.container.pool.query<{ state: string; attempts: number }>(
        `select state, attempts_made as attempts from deliveries where endpoint_id = $1 order by message_id desc`,
        [subscribed.endpoint.id],
      );
      return rows[0];
    };
    return { ...subscribed, delivery };
  }

  async function probeJobs({ endpoint }: SubscribedApp): Promise<number> {
    const { rows } = await web.container.pool.query(
      `select from pgboss.job where name = 'deliver' and data->'deliveries'->0->>'endpointId' = $1`,
      [endpoint.id],
    );
    return rows.length;
  }

  const startWorker = () => startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });

  test('is made once, however many workers look at the same time', async () => {
    const endpoints = await Promise.all(Array.from({ length: 20 }, () => off({ held: 3 })));
    const workers = Array.from({ length: 4 }, () => proberIn(1.1, web));
    await Promise.all(workers.map((worker) => worker.probe()));
    await Promise.all(workers.map((worker) => worker.probe()));
    for (const one of endpoints) assert.equal(await probeJobs(one), 1);
  });

  test('is never made of an endpoint that is gone, or that a person turned off', async () => {
    const gone = await off({ reason: 'gone' });
    const byHand = await off();
    for (const status of ['active', 'inactive'] as const)
      await web.container.endpoints.update(await byHand.endpointNow(), { status });
    await proberIn(100, web).probe();
    assert.deepEqual([await probeJobs(gone), await probeJobs(byHand)], [0, 0]);
  });

  test('waits for the next time when nothing was missed', async () => {
    const subscribed = await off({ held: 0 });
    await proberIn(1.1, web).probe();
    const { inactiveSince, nextProbeAt } = await subscribed.endpointNow();
    assert.equal(await probeJobs(subscribed), 0);
    assert.equal(hoursBetween(inactiveSince, nextProbeAt), 3);
  });

  test('leaves alone what a replay is about to send', async () => {
    const subscribed = await off();
    await web.container.pool.query(
      `update deliveries set state = 'scheduled', next_attempt_at = now() where endpoint_id = $1`,
      [subscribed.endpoint.id],
    );
    await proberIn(1.1, web).probe();
    assert.equal(await probeJobs(subscribed), 0);
  });

  test('follows what happened to the endpoint since it was claimed', async () => {
    await using receiver = await startReceiver(({ request, response }) => {
      response.writeHead(request.path === '/fails' ? 500 : 200).end();
    });
    const { endpoints, pool } = web.container;
    const { url } = receiver;
    const [stillOff, onAgain, onAndFails, offByHand, deleted] = await Promise.all([
      off({ url }),
      off({ url }),
      off({ url: `${url}/fails` }),
      off({ url }),
      off({ url: `${url}/deleted` }),
    ]);
    await pool.query(`update deliveries set state = 'failed' where endpoint_id = $1`, [
      offByHand.endpoint.id,
    ]);
    await proberIn(1.1, web).probe();
    for (const one of [onAgain, onAndFails, offByHand])
      await endpoints.update(await one.endpointNow(), { status: 'active' });
    await endpoints.update(await offByHand.endpointNow(), { status: 'inactive' });
    await endpoints.delete(deleted.endpoint);

    await using _worker = await startWorker();
    const all = [stillOff, onAgain, onAndFails, offByHand, deleted];
    const states = () => Promise.all(all.map(async ({ delivery }) => (await delivery())?.state));
    await eventually('settled', async () => !(await states()).includes('scheduled'));
    assert.deepEqual(await states(), ['delivered', 'delivered', 'held', 'failed', 'discarded']);
    assert.deepEqual(receiver.requests.map(({ path }) => path).sort(), ['/', '/', '/fails']);
    const { rows } = await pool.query<{ status: string }>(
      `select status from endpoints where id = any($1) order by status`,
      [all.map(({ endpoint }) => endpoint.id)],
    );
    assert.deepEqual(
      rows.map(({ status }) => status),
      ['active', 'active', 'active', 'inactive'],
    );
  });

  test('that is put off is a probe still', async () => {
    const subscribed = await off();
    const settler = new Settler(web.container);
    const work = { ...workFor(subscribed), trigger: 'probe' as const, missedAs: 'held' as const };
    await settler.settle(settledUnsent(work, { retryInSeconds: 60, nowMs: Date.now() }));
    const { rows } = await web.container.pool.query<{ ref: { trigger: string; missedAs: string } }>(
      `select data->'deliveries'->0 as ref from pgboss.job
       where name = 'retry' and data->'deliveries'->0->>'endpointId' = $1`,
      [subscribed.endpoint.id],
    );
    assert.deepEqual(
      rows.map(({ ref }) => [ref.trigger, ref.missedAs]),
      [['probe', 'held']],
    );
  });

  test('is looked for again and again', async () => {
    const prober = proberIn(1.1, web, 10);
    prober.start();
    try {
      const first = await off();
      await eventually('found', async () => (await probeJobs(first)) === 1);
      const second = await off();
      await eventually('found', async () => (await probeJobs(second)) === 1);
    } finally {
      await prober.stop();
    }
    const third = await off();
    await prober.stop();
    assert.equal(await probeJobs(third), 0);
  });
});
