import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, mock, test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { JobFetcher } from '#src/pipeline/fetch/job-fetcher.ts';
import { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import { loadDeliveries } from '#src/domain/deliveries/load-deliveries.ts';
import type { Sender } from '#src/pipeline/send/sender.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';
import { eventually } from '#test/support/eventually.ts';
import { startTestServer } from '#test/support/server.ts';
import { outcomeOf, workFor, writeLease } from '#test/support/outcomes.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const A_DAY = 86_400;
const ALL_BYTES = 32 * 1024 * 1024;
const WITHIN_MS = 10_000;

const web = await startTestServer({ runs: 'web' });
after(() => web[Symbol.asyncDispose]());
const { container } = web;
const { pool, queue } = container;

interface Fetching {
  whenMissing?: () => Promise<void>;
  pollMs?: number;
}

/** A process that fetches at its start and when it has capacity again, and does not poll but every `pollMs`. */
function startFetching({ whenMissing, pollMs = A_DAY * 1000 }: Fetching = {}) {
  const outcomeWriter = new OutcomeWriter(container);
  const sent: string[] = [];
  const answered = Promise.withResolvers<undefined>();
  const send = async (work: LeasedDelivery) => {
    sent.push(work.message.id);
    await answered.promise;
    const outcome = outcomeOf(work);
    // `outcomeOf` counts the delivery as one more of its lease's.
    work.lease.complete(1);
    return outcome;
  };
  const answer = () => {
    answered.resolve(undefined);
  };
  const sender = { send } as unknown as Sender;
  const options = {
    park: () => Promise.reject(new Error('no process died')),
    leaseSeconds: 60,
    accepts: false,
    timeoutMs: 15_000,
    pollMs,
    whenMissing,
  };
  const dispatcher = new Dispatcher({ ...container, ...options, sender, outcomeWriter });
  const fetcher = new JobFetcher({ ...container, ...options, dispatcher });
  const stop = async () => {
    answer();
    await fetcher.stop();
    await dispatcher.stop();
    await outcomeWriter.stop();
  };
  return { answer, fetcher, dispatcher, sent, outcomeWriter, [Symbol.asyncDispose]: stop };
}

/** A message whose job has been due for so long. */
async function dueFor(seconds: number, { app, post }: SubscribedApp): Promise<string> {
  const { message } = await post({ deliverAt: new Date(Date.now() + A_DAY * 1000) });
  const named = { accountId: app.accountId, appId: app.id, messageIds: [message.id] };
  const job = { id: uuidv7(Date.now()), data: { messages: [named] }, startAfterSeconds: -seconds };
  await transaction(pool, (client) => queue.insert('deliver', [job], client));
  return message.id;
}

const isDue = async (messageId: string) => {
  const { rowCount } = await pool.query(
    `select from pgboss.job where name = 'deliver' and start_after < now() and data::text like '%' || $1 || '%'`,
    [messageId],
  );
  return rowCount === 1;
};

test('a job that was fetched without capacity for it is due again at once, and fetched when there is capacity', async () => {
  // Of one account they would be one lease.
  const older = await dueFor(20, await createSubscribedApp(web, { url: 'https://receiver.example/' }));
  const newer = await dueFor(10, await createSubscribedApp(web, { url: 'https://receiver.example/' }));
  await using fetching = startFetching();
  const { answer, fetcher, dispatcher, sent } = fetching;
  // With the first of the two messages it is full.
  assert.ok(await dispatcher.reserve({ accountId: 'another', deliveries: 1, bytes: ALL_BYTES - 1 }));
  fetcher.start();
  await eventually('returned', async () => sent.includes(newer) && (await isDue(older)), WITHIN_MS);
  assert.deepEqual(sent, [newer]);
  answer();
  await eventually('fetched', () => sent.includes(older), WITHIN_MS);
});

test('a backlog leaves its account capacity for live traffic, and goes on when there is more', async () => {
  const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
  const [old, live] = [await dueFor(60, subscribed), await dueFor(0, subscribed)];
  await using fetching = startFetching();
  const { answer, fetcher, dispatcher, sent } = fetching;
  answer();
  const { accountId } = subscribed.app;
  // Of 8,000.
  assert.ok(await dispatcher.reserve({ accountId, deliveries: 6100, bytes: 0 }));
  fetcher.start();
  await eventually('sent', () => sent.includes(live), WITHIN_MS);
  await eventually('written', () => dispatcher.load.pending === 6100, WITHIN_MS);
  assert.deepEqual(sent, [live]);
  assert.ok(await isDue(old));
  dispatcher.cancelReservation({ accountId, deliveries: 101, bytes: 0 });
  await eventually('fetched', () => sent.includes(old), WITHIN_MS);
});

test('a message that is not there yet when its job is read is looked for once more', async () => {
  const id = await dueFor(20, await createSubscribedApp(web, { url: 'https://receiver.example/' }));
  await pool.query('create table absent as select * from messages where id = $1', [id]);
  await pool.query('delete from messages where id = $1', [id]);
  await using fetching = startFetching({
    whenMissing: async () => {
      await pool.query('insert into messages select * from absent');
    },
  });
  fetching.fetcher.start();
  await eventually('sent', () => fetching.sent.includes(id), WITHIN_MS);
});

test('so is a delivery that is not scheduled yet; what is there is read once', async () => {
  const { app, endpoint, post } = await createSubscribedApp(web, { url: 'https://receiver.example/' });
  const { message } = await post({ deliverAt: new Date(Date.now() + A_DAY * 1000) });
  const dueAt = new Date().toISOString();
  const named = { accountId: app.accountId, appId: app.id, messageId: message.id, endpointId: endpoint.id };
  const job = { deliveries: [{ ...named, attemptsMade: 1, dueAt, trigger: 'automatic' as const }] };
  const schedule = async () => {
    await pool.query(
      `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
       values ($1, $2, $3, $4, 'scheduled', 1, $5)`,
      [named.accountId, named.appId, named.messageId, named.endpointId, dueAt],
    );
  };
  assert.equal((await loadDeliveries(pool, job, schedule)).length, 1);
  assert.equal((await loadDeliveries(pool, job, () => assert.fail('It is there'))).length, 1);
});

test('what was written while its job was read is not sent again, nor remembered for longer', async () => {
  const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
  const over = new Lease({ jobId: randomUUID(), data: {}, expiresAtMs: 0 });
  const work = { ...workFor(subscribed), lease: over };
  await using fetching = startFetching();
  const { dispatcher, sent, outcomeWriter } = fetching;
  const later = new Lease({ jobId: randomUUID(), data: {}, expiresAtMs: Infinity });
  await writeLease(container, { ...work, lease: later });
  const writing = outcomeWriter.write(outcomeOf(work));
  await dispatcher.addDue(later, async () => {
    await writing;
    return [work];
  });
  await eventually('ended', () => later.outstanding === 0);
  assert.deepEqual(sent, []);
  assert.equal(outcomeWriter.isKnown(work), false);
});

test('an empty queue is polled by one statement, and what comes due is fetched', async () => {
  const [peek, take] = [mock.method(queue, 'peek'), mock.method(queue, 'take')];
  try {
    await using fetching = startFetching({ pollMs: 1 });
    fetching.fetcher.start();
    await eventually('polled', () => Promise.resolve(peek.mock.callCount() > 20), WITHIN_MS);
    assert.equal(take.mock.callCount(), 2, 'once of each queue, before it was known to be empty');
    const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
    const messageId = await dueFor(1, subscribed);
    await eventually('fetched', () => Promise.resolve(fetching.sent.includes(messageId)), WITHIN_MS);
  } finally {
    mock.restoreAll();
  }
});
