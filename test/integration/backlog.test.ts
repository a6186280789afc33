import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hang } from '../support/behaviours.ts';
import { eventually } from '../support/eventually.ts';
import { addPendingMessages } from '../support/pending-messages.ts';
import { startReceiver } from '../support/receiver.ts';
import { startTestServer } from '../support/server.ts';
import { createSubscribedApp } from '../support/subscribed-app.ts';

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
  await using server = await startTestServer();
  await using hanging = await startReceiver(hang);
  await using healthy = await startReceiver();
  const heavy = await createSubscribedApp(server, { url: hanging.url });
  for (let index = 0; index < 40; index += 1) {
    await server.container.endpoints.create(heavy.subscription, { url: hanging.url, version: '1.0' });
  }
  const other = await createSubscribedApp(server, { url: healthy.url });
  for (let index = 0; index < 4; index += 1)
    await heavy.post({ dataText: JSON.stringify('x'.repeat(900_000)) });
  await eventually('hanging', () => hanging.requests.length >= 20);
  await other.post();
  await healthy.nextRequest(4000);
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
  const { rows } = await web.container.pool.query<{ messages: number }>(
    `select sum(jsonb_array_length(data->'messages'->0->'messageIds'))::int as messages
     from pgboss.job where name = 'deliver' and start_after < now()`,
  );
  assert.ok((rows[0]?.messages ?? 0) >= 50, 'the rest waits in the queue');
});
