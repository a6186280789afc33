import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import { withoutWritten } from '#src/pipeline/settle/already-written.ts';
import { type Settlement, settledUnsent } from '#src/domain/deliveries/delivery-outcome.ts';
import { Settler } from '#src/pipeline/settle/outcome-writer.ts';
import type { Work } from '#src/domain/deliveries/pending-delivery.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';
import { messageFor, settlementOf, workFor, writeLease } from '#test/support/settlements.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const PATIENCE = { timeout: 20_000 };

// A process that delivers nothing itself: all that is settled here comes from the test.
const server = await startTestServer({ runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const { attempts, deliveryCounts, messages, pool, replays } = server.container;
const settler = new Settler(server.container);
const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });

const paging = { limit: 50, offset: 0 };

const replay = ({ message, endpointId }: Work, options: { isForced: boolean }) =>
  replays.replayOne(
    subscribed.endpoint,
    { accountId: message.accountId, appId: message.appId, messageId: message.id, endpointId },
    options,
  );

/** Settles what was not sent, under a lease that holds. */
async function settle(settlement: Settlement): Promise<void> {
  settlement.work.lease.cover(1);
  await writeLease(server.container, settlement.work);
  await settler.settle(settlement);
}

const deliveryOf = async ({ message }: Work) => (await messages.deliveries(message))[0];
const attemptsOf = ({ message }: Work) => attempts.list(subscribed.app, { messageId: message.id }, paging);

function scheduled(work: Work, attemptsMade = 1): Settlement {
  const nextAttemptAt = new Date(Date.now() + 60_000);
  return settlementOf(work, { state: 'scheduled', attemptsMade, retryInSeconds: 60, nextAttemptAt });
}

/** The delivery as it is taken when its next attempt is due. */
function dueAgain({ work, nextAttemptAt }: Settlement): Work {
  return { ...work, dueAt: nextAttemptAt?.toISOString() ?? null };
}

async function counted(): Promise<{ succeeded: number; failed: number }> {
  const hours = await deliveryCounts.byHour({ accountId: subscribed.app.accountId });
  return {
    succeeded: hours.reduce((sum, { succeeded }) => sum + succeeded, 0),
    failed: hours.reduce((sum, { failed }) => sum + failed, 0),
  };
}

async function retryJobs({ message }: Work): Promise<number> {
  const { rows } = await pool.query<{ jobs: number }>(
    `select count(*)::int as jobs from pgboss.job
     where name = 'retry' and data->'deliveries'->0->>'messageId' = $1`,
    [message.id],
  );
  return rows[0]?.jobs ?? 0;
}

describe('an outcome that comes late, from a process that was thought dead', PATIENCE, () => {
  for (const state of ['delivered', 'failed', 'held', 'discarded'] as const) {
    test(`does not undo that the delivery is ${state}`, async () => {
      const work = workFor(subscribed);
      await settler.settle(settlementOf(work, { state, attemptsMade: 2 }));
      await settler.settle(scheduled(work, 2));
      await settler.settle(
        settlementOf(work, { state: state === 'delivered' ? 'failed' : 'delivered', attemptsMade: 3 }),
      );
      const delivery = await deliveryOf(work);
      assert.equal(delivery?.state, state);
      assert.equal(delivery.attemptsMade, 2);
    });
  }

  test('does not take a delivery back to an earlier attempt', async () => {
    const work = workFor(subscribed);
    await settler.settle(scheduled(work, 3));
    const before = await deliveryOf(work);
    await settler.settle(scheduled(work, 1));
    assert.deepEqual(await deliveryOf(work), before);
  });

  test('is logged as an attempt all the same', async () => {
    const work = workFor(subscribed);
    await settler.settle(settlementOf(work));
    await settler.settle(scheduled(work));
    assert.equal((await attemptsOf(work)).length, 2);
  });
});

test('a scheduled delivery goes on to its next state', PATIENCE, async () => {
  const work = workFor(subscribed);
  const first = scheduled(work, 1);
  await settler.settle(first);
  await settler.settle(settlementOf(dueAgain(first), { attemptsMade: 2 }));
  assert.deepEqual(await deliveryOf(work), {
    messageId: work.message.id,
    endpointId: work.endpointId,
    state: 'delivered',
    attemptsMade: 2,
    nextAttemptAt: null,
  });
});

test(
  'what is settled again, because the answer to COMMIT was lost, is taken and counted once',
  PATIENCE,
  async () => {
    const before = await counted();
    const works = Array.from({ length: 3 }, () => workFor(subscribed));
    const [failing, succeeding, together] = works as [Work, Work, Work];
    const settlements = [scheduled(failing), settlementOf(succeeding)];
    for (const settlement of settlements) await settler.settle(settlement);

    await Promise.all([...settlements, settlementOf(together)].map((one) => settler.settle(one)));

    for (const work of works) assert.equal((await attemptsOf(work)).length, 1);
    assert.deepEqual(await counted(), { succeeded: before.succeeded + 2, failed: before.failed + 1 });
    assert.equal(await retryJobs(failing), 1);
    assert.equal((await deliveryOf(failing))?.state, 'scheduled');
    assert.equal((await deliveryOf(succeeding))?.state, 'delivered');
  },
);

describe('what is settled again changes nothing that came after it:', PATIENCE, () => {
  test('a replay of what had failed', async () => {
    const work = workFor(subscribed);
    const failed = settlementOf(work, { state: 'failed', attemptsMade: 5 });
    await settler.settle(failed);
    await replay(work, { isForced: false });
    const replayed = await deliveryOf(work);

    await settler.settle(failed);

    assert.equal(replayed?.state, 'scheduled');
    assert.deepEqual(await deliveryOf(work), replayed);
  });

  test('a replay of what was delivered', async () => {
    const work = workFor(subscribed);
    const delivered = settlementOf(work);
    await settler.settle(delivered);
    await replay(work, { isForced: true });
    const replayed = await deliveryOf(work);

    await settler.settle(delivered);

    assert.equal(replayed?.state, 'scheduled');
    assert.deepEqual(await deliveryOf(work), replayed);
  });

  test('the next attempt, which another process is at', async () => {
    const work = workFor(subscribed);
    const first = scheduled(work);
    await settler.settle(first);
    await pool.query(`delete from pgboss.job where name = 'retry'`);

    await settler.settle(first);

    assert.equal(await retryJobs(work), 0);
  });

  test('the next attempt of what had been put off', async () => {
    const work = workFor(subscribed);
    const putOff = settledUnsent(work, { retryInSeconds: 60, nowMs: Date.now() });
    assert.deepEqual(await withoutWritten(pool, [putOff]), [putOff]);
    await settle(putOff);
    assert.deepEqual(await withoutWritten(pool, [putOff]), []);

    const again = settledUnsent(dueAgain(putOff), { retryInSeconds: 60, nowMs: Date.now() + 5 });
    assert.deepEqual(await withoutWritten(pool, [putOff, again]), [again]);
    await settle(again);
    assert.deepEqual(await withoutWritten(pool, [putOff, again]), []);
  });
});

test('a replay leaves alone what is due within a second: it may be under way; what is due later it sends now', async () => {
  const dueIn = (ms: number) => ({
    ...scheduled(workFor(subscribed)),
    nextAttemptAt: new Date(Date.now() + ms),
  });
  const [soon, later] = [dueIn(900), dueIn(60_000)];
  await Promise.all([settler.settle(soon), settler.settle(later)]);
  await assert.rejects(replay(soon.work, { isForced: true }), /still being attempted/);
  assert.deepEqual((await deliveryOf(soon.work))?.nextAttemptAt, soon.nextAttemptAt);
  await replay(later.work, { isForced: true });
  assert.ok((await deliveryOf(later.work))!.nextAttemptAt! < later.nextAttemptAt);
});

test(
  'an outcome after the end of its lease overrules the next attempt, if it is a success',
  PATIENCE,
  async () => {
    const work = workFor(subscribed);
    await settler.settle(scheduled(work));
    const lease = new Lease({ jobId: randomUUID(), data: {}, expiresAtMs: 0 });
    await settler.settle(settlementOf({ ...work, lease }));
    assert.equal((await deliveryOf(work))?.state, 'delivered');
  },
);

test('what was not sent is written only when nobody is just taking its lease', PATIENCE, async () => {
  const work = workFor(subscribed);
  await writeLease(server.container, work);
  const putOff = settledUnsent(work, { retryInSeconds: 60, nowMs: Date.now() });
  const { settling } = await transaction(pool, async (client) => {
    await server.container.queue.delete('deliver', [work.lease.jobId], client);
    const begun = { settling: settler.settle(putOff) };
    await someoneWaits(pool, 'for update');
    return begun;
  });
  await settling;
  assert.equal((await deliveryOf(work))?.state, 'pending');
});

test('the next attempt after one that could not be stored is the schedule’s', PATIENCE, async () => {
  const work = { ...workFor(subscribed), trigger: 'replay' as const };
  await settler.settle({ ...scheduled(work), attempt: null });
  const { rows } = await pool.query<{ trigger: string }>(
    `select data->'deliveries'->0->>'trigger' as trigger from pgboss.job
     where name = 'retry' and data->'deliveries'->0->>'messageId' = $1`,
    [work.message.id],
  );
  assert.deepEqual(rows, [{ trigger: 'automatic' }]);
});

describe('of outcomes of one delivery in one batch', PATIENCE, () => {
  test('the one that took it from where it is counts, whatever comes after it', async () => {
    const first = scheduled(workFor(subscribed));
    await settler.settle(first);
    const due = dueAgain(first);
    const [failed, late] = [settlementOf(due, { state: 'failed', attemptsMade: 2 }), scheduled(first.work)];
    await Promise.all([failed, late].map((settlement) => settler.settle(settlement)));
    assert.equal((await deliveryOf(due))?.state, 'failed');
  });

  test('what was sent counts, whatever comes of a put-off under a lease that another has', async () => {
    const [due, lost] = [workFor(subscribed), workFor(subscribed).lease];
    const failed = settlementOf(due, { state: 'failed' });
    const putOff = settledUnsent({ ...due, lease: lost }, { retryInSeconds: 60, nowMs: Date.now() });
    await Promise.all([failed, putOff].map((settlement) => settler.settle(settlement)));
    assert.equal((await deliveryOf(due))?.state, 'failed');
  });

  test('a success counts, whoever had it', async () => {
    const first = scheduled(workFor(subscribed));
    await settler.settle(first);
    const due = dueAgain(first);
    const settlements = [settlementOf(due, { attemptsMade: 2 }), scheduled(due, 2)];
    await Promise.all(settlements.map((settlement) => settler.settle(settlement)));
    assert.equal((await deliveryOf(due))?.state, 'delivered');
  });
});

test('what succeeds at one endpoint of a message is tried again at the other', PATIENCE, async () => {
  const message = messageFor(subscribed, { endpointIds: [subscribed.endpoint.id, randomUUID()] });
  const [one, other] = message.endpointIds as [string, string];
  await settler.settle(settlementOf({ ...workFor(subscribed, message), endpointId: one }));
  await settler.settle(scheduled({ ...workFor(subscribed, message), endpointId: other }));
  const states = (await messages.deliveries(message)).map(({ state }) => state);
  assert.deepEqual(states, ['delivered', 'scheduled']);
});

test('a lease on what is written already is over, also when its job cannot be deleted', async () => {
  const { lease, ...work } = workFor(subscribed);
  const away = new Pool();
  await away.end();
  await new Settler({ ...server.container, pool: away }).settleKnown(work, lease);
  assert.equal(lease.unsettled, 0);
});
