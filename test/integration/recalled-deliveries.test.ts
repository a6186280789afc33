import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { recallDeliveries } from '#src/pipeline/settle/recall-deliveries.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const A_MINUTE = 60_000;

const web = await startTestServer({ runs: 'web' });
after(() => web[Symbol.asyncDispose]());
const { container } = web;
const { pool, queue } = container;

const { app, endpoint, post } = await createSubscribedApp(web, { url: 'https://receiver.test' });
const { accountId } = app;

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * A_MINUTE);

/** A delivery that is scheduled for then. */
async function scheduledFor(dueAt: Date): Promise<string> {
  const { message } = await post();
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
     values ($1, $2, $3, $4, 'scheduled', 0, $5)`,
    [accountId, app.id, message.id, endpoint.id, dueAt],
  );
  return message.id;
}

/** A retry job of the delivery, of the time when it was scheduled for `dueAt`. */
async function jobOf(messageId: string, dueAt: Date): Promise<string> {
  const id = uuidv7(Date.now());
  const ref = { accountId, appId: app.id, messageId, endpointId: endpoint.id, attemptsMade: 0 };
  const deliveries = [{ ...ref, dueAt: dueAt.toISOString(), trigger: 'automatic' as const }];
  const startAfterSeconds = (dueAt.getTime() - Date.now()) / 1000;
  await transaction(pool, (client) =>
    queue.insert('retry', [{ id, data: { deliveries }, startAfterSeconds }], client),
  );
  return id;
}

const isDue = async (jobId: string) => {
  const { rowCount } = await pool.query('select from pgboss.job where id = $1 and start_after <= now()', [
    jobId,
  ]);
  return rowCount === 1;
};

test('of two jobs of one delivery only that which names its time is recalled, so that it is sent once', async () => {
  const [first, second] = [inMinutes(10), inMinutes(20)];
  const messageId = await scheduledFor(second);
  // It was snoozed, replayed, and snoozed again.
  const [stale, current, again] = [
    await jobOf(messageId, first),
    await jobOf(messageId, second),
    await jobOf(messageId, second),
  ];
  const jobs = [stale, current, again];
  assert.equal(await recallDeliveries(container, accountId, jobs), 1);
  assert.equal(await isDue(stale), false);
  assert.equal((await Promise.all([isDue(current), isDue(again)])).filter(Boolean).length, 1);
  assert.equal(await recallDeliveries(container, accountId, jobs), 0, 'both others are stale');
});

test('a delivery that somebody has locked is passed over, and holds up no other', async () => {
  const dueAt = inMinutes(10);
  const [locked, free] = [await scheduledFor(dueAt), await scheduledFor(dueAt)];
  const jobs = [await jobOf(locked, dueAt), await jobOf(free, dueAt)];
  await transaction(pool, async (client) => {
    await client.query('select from deliveries where account_id = $1 and message_id = $2 for update', [
      accountId,
      locked,
    ]);
    assert.equal(await recallDeliveries(container, accountId, jobs), 1);
  });
  assert.deepEqual(await Promise.all(jobs.map(isDue)), [false, true]);
});
