import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { addEndpoints } from '#test/support/hanging-endpoints.ts';
import { startHeldReceiver } from '#test/support/held-receiver.ts';
import { addPendingMessages } from '#test/support/pending-messages.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createStillClock } from '#test/support/still-clock.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

/** Longer than any test: no attempt ends because of its deadline. */
const env = { DELIVERY_TIMEOUT_MS: '600000', DELIVERY_LEASE_SECONDS: '700' };
/** Deliveries that a process may hold in memory; an account alone may have half of them. */
const ALL_IN_MEMORY = 16_000;
const ACCOUNT_SHARE = ALL_IN_MEMORY / 2;
const WINDOW_AT_FIRST = 4;

/** A worker whose sends never count as slow, however long they are held. The receiver is closed before it stops. */
async function startWorker(web: TestServer, { holding }: { holding: Receiver }): Promise<AsyncDisposable> {
  const parts = new AsyncDisposableStack();
  parts.use(
    await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl, clock: createStillClock(), env }),
  );
  parts.defer(() => holding.close());
  return parts;
}

/** How many messages are named by jobs that no worker has leased. */
async function dueMessages({ container: { pool } }: TestServer): Promise<number> {
  const { rows } = await pool.query<{ messages: number | null }>(
    `select sum(jsonb_array_length(named->'messageIds'))::int as messages
     from pgboss.job cross join lateral jsonb_array_elements(data->'messages') named
     where name = 'deliver' and start_after < now()`,
  );
  return rows[0]?.messages ?? 0;
}

/** Each of these arrives after one more poll of the worker. */
async function deliverOneByOne(count: number, { post }: SubscribedApp, receiver: Receiver): Promise<void> {
  for (let posted = 1; posted <= count; posted += 1) {
    await post();
    await receiver.nextRequest();
  }
}

test('a backlog larger than memory stays in the queue but for its share, and holds up no other account', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using held = await startHeldReceiver();
  await using healthy = await startReceiver();
  const busy = await createSubscribedApp(web, { url: held.url });
  const other = await createSubscribedApp(web, { url: healthy.url });
  await addPendingMessages(web, busy, { count: ALL_IN_MEMORY + 1000 });
  await using _worker = await startWorker(web, { holding: held });
  // A backlog is fetched while two thousand more would fit.
  await eventually('its share in memory', async () => (await dueMessages(web)) <= ACCOUNT_SHARE + 3000);
  // A poll fetches a thousand at most: without a limit, ten polls would fill the memory.
  await deliverOneByOne(10, other, healthy);
  assert.ok((await dueMessages(web)) > ACCOUNT_SHARE, 'the rest waits in the queue');
  assert.equal(held.requests.length, WINDOW_AT_FIRST, 'nothing of the backlog was answered');
});

test('large messages of one account to receivers that hang do not hold up another account', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using held = await startHeldReceiver();
  await using healthy = await startReceiver();
  const heavy = await createSubscribedApp(web, { url: held.url });
  await addEndpoints(web, heavy, { count: 40, url: held.url });
  const other = await createSubscribedApp(web, { url: healthy.url });
  // More than twice what an account may have in memory.
  for (let index = 0; index < 40; index += 1)
    await heavy.post({ dataText: JSON.stringify('x'.repeat(900_000)) });
  await using _worker = await startWorker(web, { holding: held });
  await held.firstRequests(20);
  // A poll fetches eight megabytes at most: without a limit, five polls would fill the memory.
  await deliverOneByOne(8, other, healthy);
  assert.ok((await dueMessages(web)) > 0, 'the rest waits in the queue');
});

test('after an outage of all workers a new message goes before the backlog of its own account', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using held = await startHeldReceiver();
  await using healthy = await startReceiver();
  const busy = await createSubscribedApp(web, { url: held.url });
  const other = await createSubscribedApp(web, { url: healthy.url });
  await addPendingMessages(web, busy, { count: 6000 });
  await using _worker = await startWorker(web, { holding: held });
  await held.firstRequests(WINDOW_AT_FIRST);
  const { message } = await busy.post();
  // The second of these is fetched after the new message has come into memory.
  await deliverOneByOne(2, other, healthy);
  held.answerOne();
  // A good answer opens the window by one: two sends follow it.
  const sent = await held.firstRequests(WINDOW_AT_FIRST + 2);
  const next = sent.slice(WINDOW_AT_FIRST).map(({ headers }) => headers['webhook-id']);
  assert.ok(next.includes(message.id), 'what is new is sent next');
});

test('a job of a hundred large messages is loaded a few at a time', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using held = await startHeldReceiver();
  const heavy = await createSubscribedApp(web, { url: held.url });
  await addPendingMessages(web, heavy, { count: 100, body: JSON.stringify('x'.repeat(1_000_000)) });
  await using _worker = await startWorker(web, { holding: held });
  await held.nextRequest();
  assert.ok((await dueMessages(web)) >= 50, 'the rest waits in the queue');
});
