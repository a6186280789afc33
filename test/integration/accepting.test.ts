import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp, messageTo } from '#test/support/subscribed-app.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

test('the same event_id at the same time is accepted once and sent once', async () => {
  await using other = await startTestServer({ databaseUrl: server.databaseUrl });
  await using receiver = await startReceiver();
  const { app, post } = await createSubscribedApp(server, { url: receiver.url });
  const elsewhere = () => other.container.acceptor.accept({ ...messageTo(app), eventId: 'once' });

  const all = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? post({ eventId: 'once' }) : elsewhere())),
  );

  assert.equal(new Set(all.map(({ message }) => message.id)).size, 1);
  assert.equal(all.filter(({ isDuplicate: isReplayed }) => !isReplayed).length, 1);
  await receiver.nextRequest();
  await post({ dataText: '"last"' });
  assert.match((await receiver.nextRequest()).body.toString(), /"last"/);
  assert.equal(receiver.requests.length, 2);
});

test('the same event_id in another app is another message', async () => {
  await using receiver = await startReceiver();
  const one = await createSubscribedApp(server, { url: receiver.url });
  const two = await createSubscribedApp(server, { url: receiver.url });
  await one.post({ eventId: 'same' });
  assert.equal((await two.post({ eventId: 'same' })).isDuplicate, false);
});

test('a change made through one process governs the very next message of another', async () => {
  await using other = await startTestServer({ databaseUrl: server.databaseUrl, runs: 'web' });
  await using receiver = await startReceiver();
  const { app, endpoint, post, subscription } = await createSubscribedApp(server, { url: receiver.url });
  const { apps, endpoints, webhookEvents } = other.container;
  await post();

  const otherApp = await apps.get(app.accountId, app.id);
  await webhookEvents.create(otherApp, { eventType: 'brand.new' });
  assert.deepEqual((await post({ eventType: 'brand.new' })).message.endpointIds, [endpoint.id]);

  const second = await endpoints.create(subscription, { url: receiver.url, version: '1.0' });
  assert.deepEqual((await post()).message.endpointIds.sort(), [endpoint.id, second.id].sort());

  await endpoints.update(second, { status: 'inactive' });
  assert.deepEqual((await post()).message.endpointIds, [endpoint.id]);
});

test('an event type that the app lacks is refused', async () => {
  const { post } = await createSubscribedApp(server, { url: 'https://receiver.example/' });
  await assert.rejects(post({ eventType: 'user.exploded' }), (error: unknown) => {
    assert.ok(error instanceof InvalidInput);
    assert.match(error.message, /user\.exploded/);
    return true;
  });
});

test("another account's app, and an endpoint that is gone, are not found", async () => {
  const { app, endpoint, post } = await createSubscribedApp(server, { url: 'https://receiver.example/' });
  const { accountId } = await server.createAccount();
  const target = { ...messageTo(app).target };
  await assert.rejects(post({ target: { ...target, accountId } }), NotFound);
  await server.container.models.Endpoint.destroy({ where: { id: endpoint.id } });
  await assert.rejects(
    post({ target: { ...target, subscriptionId: endpoint.subscriptionId, endpointId: endpoint.id } }),
    NotFound,
  );
});

test('a message that PostgreSQL cannot store does not take its neighbours down', async () => {
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(server, { url: receiver.url });
  const results = await Promise.allSettled([
    post(),
    post({ eventId: 'nul \u0000' }),
    post(),
    post({ dataText: '"after"' }),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  await receiver.firstRequests(3);
});

test('messages at the three levels reach exactly the endpoints they are for', async () => {
  await using one = await startReceiver();
  await using two = await startReceiver();
  await using three = await startReceiver();
  const { app, endpoint, post, subscription } = await createSubscribedApp(server, { url: one.url });
  const { endpoints, subscriptions } = server.container;
  await endpoints.create(subscription, { url: two.url, version: '1.0' });
  const stranger = await subscriptions.create(app, { name: 'Initech' });
  await endpoints.create(stranger, { url: three.url, version: '1.0' });
  const { target } = messageTo(app);

  await post();
  await post({ target: { ...target, subscriptionId: subscription.id } });
  await post({ target: { ...target, subscriptionId: subscription.id, endpointId: endpoint.id } });

  const counts = () => [one, two, three].map(({ requests }) => requests.length);
  await eventually('all there', () => counts().reduce((sum, count) => sum + count) === 6);
  assert.deepEqual(counts(), [3, 2, 1]);
});
