import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import { answer, type Behaviour } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { HOUR_MS, hoursBetween, proberIn } from '#test/support/probes.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const FIRST = { limit: 100, offset: 0 };

/** Moves all that the endpoint's health says into the past. */
async function age({ pool }: TestServer['container'], { endpoint }: SubscribedApp, hours: number) {
  await pool.query(
    `update endpoints set inactive_since = inactive_since - $2 * interval '1 hour',
       next_probe_at = next_probe_at - $2 * interval '1 hour' where id = $1`,
    [endpoint.id, hours],
  );
}

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
      const deliveries = await Promise.all(messages.map((one) => deliveriesOf(server.container.pool, one)));
      return deliveries.map(([delivery]) => delivery?.state);
    };
    const probed = async () => {
      const rows = await server.container.attempts.page(app, {}, FIRST);
      return rows.filter(({ trigger }) => trigger === 'probe');
    };
    /** Probes as if it were `hours` after it was turned off, and waits until the outcome is written. */
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
    const request = receiver.requests.find(({ headers }) => headers['hostedhooks-trigger'] === 'probe');
    assert.equal(request?.headers['hostedhooks-attempt'], '1');

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
      const [delivery] = await deliveriesOf(server.container.pool, message);
      return delivery?.state === 'delivered';
    });
    await server.container.replays.start(on, { states: MISSED_STATES });
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

  test('is not probed while it is paused', async () => {
    const { app, endpoint, probe, probed } = await offByFailure({ held: 0 });
    const { endpoints } = server.container;
    const now = () => endpoints.getOfApp(app, endpoint.id);
    await endpoints.update(await now(), { isPaused: true });
    await proberIn(1.001, server).probe();
    assert.equal((await probed()).length, 0);
    await endpoints.update(await now(), { isPaused: false });
    await probe(1, answer(200));
    assert.equal((await probed()).length, 1);
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
