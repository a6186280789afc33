import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { Pool } from 'pg';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import { withoutWritten } from '#src/pipeline/settle/already-written.ts';
import { type DeliveryOutcome, notAttempted } from '#src/domain/deliveries/delivery-outcome.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';
import { outcomeOf, workFor, writeLease } from '#test/support/outcomes.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const PATIENCE = { timeout: 20_000 };

// Races of processes that write an outcome of the same delivery, and writes whose COMMIT was not answered. A request
// from outside cannot order these, so the test calls the writer, in a process that delivers nothing itself. What a user
// sees of outcomes is in retries.test.ts and api-replays.test.ts; `chaos` has the same races under kills and cuts.
const server = await startTestServer({ runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const { attempts, deliveryCounts, pool, replays } = server.container;
const outcomeWriter = new OutcomeWriter(server.container);
const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });

const paging = { limit: 50, offset: 0 };

const replay = ({ message, endpointId }: LeasedDelivery, options: { isForced: boolean }) =>
  replays.replayOne(
    subscribed.endpoint,
    { accountId: message.accountId, appId: message.appId, messageId: message.id, endpointId },
    options,
  );

/** Writes the outcome of a delivery that was not sent, under a lease that holds. */
async function writeSnooze(outcome: DeliveryOutcome): Promise<void> {
  outcome.delivery.lease.cover(1);
  await writeLease(server.container, outcome.delivery);
  await outcomeWriter.write(outcome);
}

const deliveryOf = async ({ message }: LeasedDelivery) => (await deliveriesOf(pool, message))[0];
const attemptsOf = ({ message }: LeasedDelivery) =>
  attempts.page(subscribed.app, { messageId: message.id }, paging);

function scheduled(delivery: LeasedDelivery, attemptsMade = 1): DeliveryOutcome {
  const nextAttemptAt = new Date(Date.now() + 60_000);
  return outcomeOf(delivery, { state: 'scheduled', attemptsMade, retryInSeconds: 60, nextAttemptAt });
}

/** The delivery as it is fetched when its next attempt is due. */
function dueAgain({ delivery, nextAttemptAt }: DeliveryOutcome): LeasedDelivery {
  return { ...delivery, dueAt: nextAttemptAt?.toISOString() ?? null };
}

async function counted(): Promise<{ succeeded: number; failed: number }> {
  const hours = await deliveryCounts.byHour({ accountId: subscribed.app.accountId });
  return {
    succeeded: hours.reduce((sum, { succeeded }) => sum + succeeded, 0),
    failed: hours.reduce((sum, { failed }) => sum + failed, 0),
  };
}

async function retryJobs({ message }: LeasedDelivery): Promise<number> {
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
      const delivery = workFor(subscribed);
      await outcomeWriter.write(outcomeOf(delivery, { state, attemptsMade: 2 }));
      await outcomeWriter.write(scheduled(delivery, 2));
      await outcomeWriter.write(
        outcomeOf(delivery, { state: state === 'delivered' ? 'failed' : 'delivered', attemptsMade: 3 }),
      );
      const stored = await deliveryOf(delivery);
      assert.equal(stored?.state, state);
      assert.equal(stored.attemptsMade, 2);
    });
  }

  test('does not take a delivery back to an earlier attempt', async () => {
    const delivery = workFor(subscribed);
    await outcomeWriter.write(scheduled(delivery, 3));
    const before = await deliveryOf(delivery);
    await outcomeWriter.write(scheduled(delivery, 1));
    assert.deepEqual(await deliveryOf(delivery), before);
  });

  test('is logged as an attempt all the same', async () => {
    const delivery = workFor(subscribed);
    await outcomeWriter.write(outcomeOf(delivery));
    await outcomeWriter.write(scheduled(delivery));
    assert.equal((await attemptsOf(delivery)).length, 2);
  });
});

test(
  'an outcome that is written again, because the answer to COMMIT was lost, is written and counted once',
  PATIENCE,
  async () => {
    const before = await counted();
    const deliveries = Array.from({ length: 3 }, () => workFor(subscribed));
    const [failing, succeeding, together] = deliveries as [LeasedDelivery, LeasedDelivery, LeasedDelivery];
    const outcomes = [scheduled(failing), outcomeOf(succeeding)];
    for (const outcome of outcomes) await outcomeWriter.write(outcome);

    await Promise.all([...outcomes, outcomeOf(together)].map((one) => outcomeWriter.write(one)));

    for (const delivery of deliveries) assert.equal((await attemptsOf(delivery)).length, 1);
    assert.deepEqual(await counted(), { succeeded: before.succeeded + 2, failed: before.failed + 1 });
    assert.equal(await retryJobs(failing), 1);
    assert.equal((await deliveryOf(failing))?.state, 'scheduled');
    assert.equal((await deliveryOf(succeeding))?.state, 'delivered');
  },
);

describe('an outcome that is written again changes nothing that came after it:', PATIENCE, () => {
  test('a replay of what had failed', async () => {
    const delivery = workFor(subscribed);
    const failed = outcomeOf(delivery, { state: 'failed', attemptsMade: 5 });
    await outcomeWriter.write(failed);
    await replay(delivery, { isForced: false });
    const replayed = await deliveryOf(delivery);

    await outcomeWriter.write(failed);

    assert.equal(replayed?.state, 'scheduled');
    assert.deepEqual(await deliveryOf(delivery), replayed);
  });

  test('a replay of what was delivered', async () => {
    const delivery = workFor(subscribed);
    const delivered = outcomeOf(delivery);
    await outcomeWriter.write(delivered);
    await replay(delivery, { isForced: true });
    const replayed = await deliveryOf(delivery);

    await outcomeWriter.write(delivered);

    assert.equal(replayed?.state, 'scheduled');
    assert.deepEqual(await deliveryOf(delivery), replayed);
  });

  test('the next attempt, which another process is at', async () => {
    const delivery = workFor(subscribed);
    const first = scheduled(delivery);
    await outcomeWriter.write(first);
    await pool.query(`delete from pgboss.job where name = 'retry'`);

    await outcomeWriter.write(first);

    assert.equal(await retryJobs(delivery), 0);
  });

  test('the next attempt of what had been snoozed', async () => {
    const delivery = workFor(subscribed);
    const snooze = notAttempted(delivery, { retryInSeconds: 60, nowMs: Date.now() });
    assert.deepEqual(await withoutWritten(pool, [snooze]), [snooze]);
    await writeSnooze(snooze);
    assert.deepEqual(await withoutWritten(pool, [snooze]), []);

    const again = notAttempted(dueAgain(snooze), { retryInSeconds: 60, nowMs: Date.now() + 5 });
    assert.deepEqual(await withoutWritten(pool, [snooze, again]), [again]);
    await writeSnooze(again);
    assert.deepEqual(await withoutWritten(pool, [snooze, again]), []);
  });
});

test(
  'an outcome after the end of its lease overrules the next attempt, if it is a success',
  PATIENCE,
  async () => {
    const delivery = workFor(subscribed);
    await outcomeWriter.write(scheduled(delivery));
    const lease = new Lease({ jobId: randomUUID(), data: {}, expiresAtMs: 0 });
    await outcomeWriter.write(outcomeOf({ ...delivery, lease }));
    assert.equal((await deliveryOf(delivery))?.state, 'delivered');
  },
);

test(
  'the outcome of a delivery that was not sent is written only if nobody rescues its lease meanwhile',
  PATIENCE,
  async () => {
    const delivery = workFor(subscribed);
    await writeLease(server.container, delivery);
    const snooze = notAttempted(delivery, { retryInSeconds: 60, nowMs: Date.now() });
    const { writing } = await transaction(pool, async (client) => {
      await server.container.queue.delete('deliver', [delivery.lease.jobId], client);
      const begun = { writing: outcomeWriter.write(snooze) };
      await someoneWaits(pool, 'for update');
      return begun;
    });
    await writing;
    assert.equal((await deliveryOf(delivery))?.state, 'pending');
  },
);

test('the next attempt after one that could not be stored is the schedule’s', PATIENCE, async () => {
  const delivery = { ...workFor(subscribed), trigger: 'replay' as const };
  await outcomeWriter.write({ ...scheduled(delivery), attempt: null });
  const { rows } = await pool.query<{ trigger: string }>(
    `select data->'deliveries'->0->>'trigger' as trigger from pgboss.job
     where name = 'retry' and data->'deliveries'->0->>'messageId' = $1`,
    [delivery.message.id],
  );
  assert.deepEqual(rows, [{ trigger: 'automatic' }]);
});

describe('of outcomes of one delivery in one batch', PATIENCE, () => {
  test('the one whose lease saw its present state counts, whatever comes after it', async () => {
    const first = scheduled(workFor(subscribed));
    await outcomeWriter.write(first);
    const due = dueAgain(first);
    const [failed, late] = [outcomeOf(due, { state: 'failed', attemptsMade: 2 }), scheduled(first.delivery)];
    await Promise.all([failed, late].map((outcome) => outcomeWriter.write(outcome)));
    assert.equal((await deliveryOf(due))?.state, 'failed');
  });

  test('what was sent counts, whatever comes of a snooze under a lease that another process has', async () => {
    const [due, lost] = [workFor(subscribed), workFor(subscribed).lease];
    const failed = outcomeOf(due, { state: 'failed' });
    const snooze = notAttempted({ ...due, lease: lost }, { retryInSeconds: 60, nowMs: Date.now() });
    await Promise.all([failed, snooze].map((outcome) => outcomeWriter.write(outcome)));
    assert.equal((await deliveryOf(due))?.state, 'failed');
  });

  test('a success counts, whichever process had it', async () => {
    const first = scheduled(workFor(subscribed));
    await outcomeWriter.write(first);
    const due = dueAgain(first);
    const outcomes = [outcomeOf(due, { attemptsMade: 2 }), scheduled(due, 2)];
    await Promise.all(outcomes.map((outcome) => outcomeWriter.write(outcome)));
    assert.equal((await deliveryOf(due))?.state, 'delivered');
  });
});

test('a lease on what is written already is over, also when its job cannot be deleted', async () => {
  const { lease, ...delivery } = workFor(subscribed);
  const away = new Pool();
  await away.end();
  await new OutcomeWriter({ ...server.container, pool: away }).completeKnown(delivery, lease);
  assert.equal(lease.outstanding, 0);
});
