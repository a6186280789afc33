import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { timeOfId, uuidv7 } from '#src/infra/lib/ids.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { messageFor, outcomeOf, workFor } from '#test/support/outcomes.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';

const URL = 'http://127.0.0.1:9/';

describe('a warning that an endpoint fails', () => {
  let delivering: TestServer;
  test.before(async () => {
    delivering = await startTestServer();
  });
  after(() => (delivering as TestServer | undefined)?.[Symbol.asyncDispose]());

  async function attemptsMade(subscribed: SubscribedApp, count: number) {
    const { message } = await subscribed.post();
    await eventually(`${String(count)} attempts`, async () => {
      const [delivery] = await deliveriesOf(delivering.container.pool, message);
      return delivery?.attemptsMade === count;
    });
    return message;
  }

  test('comes at half of the attempts, not before, with the time when the delivery began', async () => {
    await using receiver = await startReceiver(answer(500));
    const { url } = receiver;
    const before = await createSubscribedApp(delivering, { url, retryDelaysSeconds: [0, 60, 60, 60] });
    await attemptsMade(before, 2);
    assert.equal((await before.endpointNow()).failingSince, null);

    const half = await createSubscribedApp(delivering, { url, retryDelaysSeconds: [0, 0, 60, 60] });
    const message = await attemptsMade(half, 3);
    const { failingSince, status } = await half.endpointNow();
    assert.equal(failingSince?.getTime(), timeOfId(message.id));
    assert.equal(status, 'active');
  });

  test('is taken back by the next success; routing does not notice either', async () => {
    await using receiver = await startReceiver(answer(500));
    const subscribed = await createSubscribedApp(delivering, {
      url: receiver.url,
      retryDelaysSeconds: [60],
    });
    const { app, endpoint, endpointNow, post } = subscribed;
    const { directory, pool } = delivering.container;
    const seenByRouting = async () => {
      const { rows } = await pool.query(
        `select revision, (select count(*) from endpoint_revisions where app_id = $1) as "history"
         from apps where id = $1`,
        [app.id],
      );
      return rows[0] as unknown;
    };
    const isKnownToFail = async () => (await directory.get(app.id))?.endpoints.get(endpoint.id)?.isFailing;
    const before = await seenByRouting();
    await post();
    await eventually('known to fail', async () => (await isKnownToFail()) === true);
    assert.ok((await endpointNow()).failingSince instanceof Date);

    receiver.behave(answer(200));
    await post();
    await eventually('no longer failing', async () => (await endpointNow()).failingSince === null);
    await eventually('known to succeed', async () => (await isKnownToFail()) === false);
    assert.deepEqual(await seenByRouting(), before);
  });
});

// Written by the writer itself, because a delivery from outside cannot be given its order among others, nor a time in
// the past, nor a share of one transaction.
describe('outcomes that are written', () => {
  let server: TestServer;
  let outcomeWriter: OutcomeWriter;
  test.before(async () => {
    server = await startTestServer({ runs: 'web' });
    outcomeWriter = new OutcomeWriter(server.container);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const failed = (subscribed: SubscribedApp, ago = 0) =>
    outcomeOf(workFor(subscribed, messageFor(subscribed, { id: uuidv7(Date.now() - ago) })), {
      state: 'failed',
      warns: true,
    });

  test('do not warn of an endpoint that has succeeded since the delivery began', async () => {
    const subscribed = await createSubscribedApp(server, { url: URL });
    const early = failed(subscribed, 1000);
    await outcomeWriter.write(outcomeOf(workFor(subscribed)));
    await outcomeWriter.write(early);
    assert.equal((await subscribed.endpointNow()).failingSince, null);
    await outcomeWriter.write(failed(subscribed, -1000));
    assert.ok((await subscribed.endpointNow()).failingSince instanceof Date);
  });

  test('do not warn of an endpoint that is off, and keep when it began to fail', async () => {
    const subscribed = await createSubscribedApp(server, { url: URL });
    await outcomeWriter.write(failed(subscribed, 5000));
    const { failingSince } = await subscribed.endpointNow();
    await outcomeWriter.write(failed(subscribed));
    assert.deepEqual((await subscribed.endpointNow()).failingSince, failingSince);

    await server.container.endpoints.update(await subscribed.endpointNow(), { status: 'inactive' });
    await outcomeWriter.write(failed(subscribed));
    assert.equal((await subscribed.endpointNow()).failingSince, null);
  });

  test('turn an endpoint on that was off because it failed, never one that a person turned off or that is gone', async () => {
    const outcomes = [];
    for (const how of ['exhausted', 'gone', 'by hand'] as const) {
      const subscribed = await createSubscribedApp(server, { url: URL });
      const turnsOff = how === 'gone' ? 'gone' : 'attempts_exhausted';
      await outcomeWriter.write({ ...failed(subscribed), turnsOff });
      if (how === 'by hand') {
        for (const status of ['active', 'inactive'] as const)
          await server.container.endpoints.update(await subscribed.endpointNow(), { status });
      }
      await outcomeWriter.write({ ...outcomeOf(workFor(subscribed)), recovers: true });
      outcomes.push((await subscribed.endpointNow()).status);
    }
    assert.deepEqual(outcomes, ['active', 'inactive', 'inactive']);
  });

  test('leave an endpoint alone when a success is committed while they wait for it', async () => {
    const subscribed = await createSubscribedApp(server, { url: URL });
    const { pool } = server.container;
    await using other = await holdTransaction(pool);
    await other.query('select from endpoints where id = $1 for update', [subscribed.endpoint.id]);
    const writing = outcomeWriter.write({ ...failed(subscribed, 7_200_000), turnsOff: 'attempts_exhausted' });
    await someoneWaits(pool, 'for no key update');
    // Of another hour, because within one their counts let no two outcomes of an endpoint commit side by side.
    const id = uuidv7(Date.now() - 3_600_000);
    await new OutcomeWriter(server.container).write(outcomeOf(workFor(subscribed), { attempt: { id } }));
    await other.commit();
    await writing;
    const { failingSince, status } = await subscribed.endpointNow();
    assert.deepEqual({ failingSince, status }, { failingSince: null, status: 'active' });
  });

  test('of several deliveries together mean for an endpoint what the worst of them means', async () => {
    const subscribed = await createSubscribedApp(server, { url: URL });
    const reasons = ['attempts_exhausted', 'gone', 'attempts_exhausted'] as const;
    await Promise.all(
      reasons.map((turnsOff, index) =>
        outcomeWriter.write({ ...failed(subscribed, 1000 - index), turnsOff }),
      ),
    );
    assert.equal((await subscribed.endpointNow()).inactiveReason, 'gone');
  });

  describe('after a success half an hour ago', () => {
    const HOUR_MS = 3_600_000;
    const ago = (hours: number) => uuidv7(Date.now() - hours * HOUR_MS);
    const exhausted = (subscribed: SubscribedApp, message: Parameters<typeof messageFor>[1]) => {
      const work = workFor(subscribed, messageFor(subscribed, message));
      return {
        ...outcomeOf(work, { state: 'failed', attemptsMade: 5 }),
        turnsOff: 'attempts_exhausted' as const,
      };
    };
    const succeeded = async () => {
      const subscribed = await createSubscribedApp(server, { url: URL });
      await outcomeWriter.write(outcomeOf(workFor(subscribed), { attempt: { id: ago(0.5) } }));
      return subscribed;
    };

    test('turn it off if the delivery that began last is later than that, whatever the others are', async () => {
      const subscribed = await succeeded();
      await outcomeWriter.write(exhausted(subscribed, { id: ago(1) }));
      assert.equal((await subscribed.endpointNow()).status, 'active');
      await Promise.all([
        outcomeWriter.write(exhausted(subscribed, { id: ago(0.2) })),
        outcomeWriter.write(exhausted(subscribed, { id: ago(1) })),
      ]);
      assert.equal((await subscribed.endpointNow()).status, 'inactive');
    });

    test('turn it off for a message that was accepted before it, to be delivered after it', async () => {
      const subscribed = await succeeded();
      const deliverAt = new Date(Date.now() - 0.2 * HOUR_MS);
      await outcomeWriter.write(exhausted(subscribed, { id: ago(1), deliverAt }));
      assert.equal((await subscribed.endpointNow()).status, 'inactive');
    });
  });

  test('lock endpoints in order of their ids, so that no two processes wait for each other', async () => {
    const { pool } = server.container;
    const low = await createSubscribedApp(server, { url: URL });
    const high = await createSubscribedApp(server, { url: URL });
    const lock = 'select from endpoints where id = $1 for update';
    await using other = await holdTransaction(pool);
    await other.query(lock, [low.endpoint.id]);
    const writing = [
      outcomeWriter.write(failed(high)),
      outcomeWriter.write({ ...failed(low), warns: false, turnsOff: 'gone' }),
    ];
    await someoneWaits(pool);
    await other.query(lock + ' nowait', [high.endpoint.id]);
    await other.commit();
    await Promise.all(writing);
    assert.equal((await low.endpointNow()).inactiveReason, 'gone');
  });
});
