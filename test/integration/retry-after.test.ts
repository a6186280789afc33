import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { answer, inTurn } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp, messageTo, type SubscribedApp } from '#test/support/subscribed-app.ts';

const server = await startTestServer();
const { databaseUrl } = server;
const other = await startTestServer({ databaseUrl });
after(async () => {
  await other[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const HOUR_MS = 3_600_000;

/** The deliveries to the endpoint that wait for a time, with the attempts that they have made. */
async function scheduled({ endpoint }: SubscribedApp) {
  const { rows } = await server.container.pool.query<{ attempts: number; at: Date }>(
    `select attempts_made as attempts, next_attempt_at as at from deliveries
     where account_id = $1 and endpoint_id = $2 and state = 'scheduled'`,
    [endpoint.accountId, endpoint.id],
  );
  return rows;
}

for (const status of [429, 503]) {
  test(`until the time that ${String(status)} names, no process sends to the endpoint, at no cost in attempts`, async () => {
    await using busy = await startReceiver(answer(status, { headers: { 'retry-after': '3600' } }));
    await using free = await startReceiver();
    const limited = await createSubscribedApp(server, { url: busy.url });
    const neighbour = await createSubscribedApp(server, { url: free.url });
    const askedAtMs = Date.now();

    await limited.post();
    await eventually('one attempt', async () => (await scheduled(limited)).length === 1);
    const elsewhere = createdOn(other, limited);
    for (let posted = 0; posted < 5; posted += 1)
      await Promise.all([limited.post(), elsewhere(), neighbour.post()]);
    await free.firstRequests(5);
    await eventually('all put off', async () => (await scheduled(limited)).length === 11);

    assert.equal(busy.requests.length, 1);
    const rows = await scheduled(limited);
    assert.deepEqual(rows.map(({ attempts }) => attempts).sort(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert.ok(rows.every(({ at }) => at.getTime() >= askedAtMs + HOUR_MS - 1000));
  });
}

test('an endpoint that gets another URL is sent to at once', async () => {
  await using busy = await startReceiver(answer(429, { headers: { 'retry-after': '3600' } }));
  await using free = await startReceiver();
  const moved = await createSubscribedApp(server, { url: busy.url });
  await moved.post();
  await eventually('one attempt', async () => (await scheduled(moved)).length === 1);
  await server.container.endpoints.update(moved.endpoint, { url: free.url });
  const { message } = await moved.post();
  assert.equal((await free.nextRequest()).headers['webhook-id'], message.id);
});

test('after that time everything arrives', async () => {
  const limited = answer(429, { headers: { 'retry-after': '1' } });
  await using receiver = await startReceiver(inTurn(limited, answer(200)));
  const app = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [0] });
  const { message } = await app.post();
  await receiver.nextRequest();
  const others = await Promise.all(Array.from({ length: 4 }, () => app.post()));

  const arrived = await receiver.firstRequests(6);
  const ids = [message, ...others.map((one) => one.message)].map(({ id }) => id);
  assert.deepEqual(new Set(arrived.slice(1).map(({ headers }) => headers['webhook-id'])), new Set(ids));
});

/** Posts to the same app through another process. */
function createdOn({ container }: typeof server, { app }: SubscribedApp) {
  return () => container.acceptor.accept(messageTo(app));
}
