import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hang } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { addEndpoints } from '#test/support/hanging-endpoints.ts';
import { addPendingMessages } from '#test/support/pending-messages.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

/** How many messages are named by jobs that nobody has taken. */
async function dueMessages({ container: { pool } }: TestServer): Promise<number> {
  const { rows } = await pool.query<{ messages: number | null }>(
    `select sum(jsonb_array_length(named->'messageIds'))::int as messages
     from pgboss.job cross join lateral jsonb_array_elements(data->'messages') named
     where name = 'deliver' and start_after < now()`,
  );
  return rows[0]?.messages ?? 0;
}

test('a backlog of one account, at a receiver that answers slowly, does not hold up another account', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using slow = await startReceiver(({ response }) => {
    setTimeout(() => response.end(), 800);
  });
  await using healthy = await startReceiver();
  const busy = await createSubscribedApp(web, { url: slow.url });
  const other = await createSubscribedApp(web, { url: healthy.url });
  await Promise.all(Array.from({ length: 4900 }, () => busy.post()));
  await using _worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });
  await slow.nextRequest();
  await other.post();
  await healthy.nextRequest(6000);
  assert.ok(slow.requests.length < 2000, 'the backlog was gone before');
});

test('large messages of one account to receivers that hang do not hold up another account', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using hanging = await startReceiver(hang);
  await using healthy = await startReceiver();
  const heavy = await createSubscribedApp(web, { url: hanging.url });
  await addEndpoints(web, heavy, { count: 40, url: hanging.url });
  const other = await createSubscribedApp(web, { url: healthy.url });
  // More than twice what an account may have in memory.
  for (let index = 0; index < 40; index += 1)
    await heavy.post({ dataText: JSON.stringify('x'.repeat(900_000)) });
  await using _worker = await startTestServer({
    runs: 'worker',
    databaseUrl: web.databaseUrl,
    env: { DELIVERY_TIMEOUT_MS: '5000' },
  });
  await hanging.firstRequests(20);
  await other.post();
  await healthy.nextRequest(4000);
  assert.ok((await dueMessages(web)) > 0, 'the backlog was gone before');
});

test('of a backlog only as much is in memory as its account may have; the rest stays in the queue', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using slow = await startReceiver(({ response }) => {
    setTimeout(() => response.end(), 800);
  });
  const busy = await createSubscribedApp(web, { url: slow.url });
  await addPendingMessages(web, busy, { count: 12_000 });
  await using _worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });
  // Half of all that may be in memory is 8,000; what is sent meanwhile leaves it again.
  await eventually('full', async () => (await dueMessages(web)) <= 5000);
  await slow.firstRequests(30);
  assert.ok((await dueMessages(web)) >= 2000, 'all is in memory');
});

test('after an outage of all workers what is posted now goes before the backlog, of the same account too', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using slow = await startReceiver(({ response }) => {
    setTimeout(() => response.end(), 300);
  });
  const busy = await createSubscribedApp(web, { url: slow.url });
  await addPendingMessages(web, busy, { count: 10_000 });
  await using _worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });
  await slow.firstRequests(10);
  const { message } = await busy.post();
  await eventually(
    'the new one there',
    () => slow.requests.some(({ headers }) => String(headers['webhook-id']).includes(message.id)),
    8000,
  );
  assert.ok(slow.requests.length < 3000, 'the backlog was gone before');
});

test('a job of a hundred large messages is loaded a few at a time', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using hanging = await startReceiver(hang);
  const heavy = await createSubscribedApp(web, { url: hanging.url });
  await addPendingMessages(web, heavy, { count: 100, body: JSON.stringify('x'.repeat(1_000_000)) });
  await using _worker = await startTestServer({
    runs: 'worker',
    databaseUrl: web.databaseUrl,
    env: { DELIVERY_TIMEOUT_MS: '1000' },
  });
  await hanging.nextRequest();
  assert.ok((await dueMessages(web)) >= 50, 'the rest waits in the queue');
});
