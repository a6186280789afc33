import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { messageTo } from '#test/support/subscribed-app.ts';
import { signedInVisitor } from '#test/support/pages.ts';

test('an endpoint that is on again offers to replay what it missed, and does', async () => {
  await using server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
  await using receiver = await startReceiver(answer(500));
  const visitor = await signedInVisitor(server);
  const { apps, acceptor, endpoints, subscriptions, webhookEvents } = server.container;
  const app = await apps.create(visitor.accountId, { name: 'Acme' });
  await webhookEvents.create(app, { eventType: 'user.created', samplePayloadText: '{"n": 1.0}' });
  const subscription = await subscriptions.create(app, { name: 'Globex' });
  const { id } = await endpoints.create(subscription, { url: receiver.url, version: '1.0' });
  const path = `/apps/${app.id}/endpoints/${id}`;
  await acceptor.accept(messageTo(app));
  await eventually('off', async () => (await endpoints.getOfApp(app, id)).status === 'inactive');
  await acceptor.accept(messageTo(app));
  const off = await visitor.get(path);
  assert.doesNotMatch(off.text, /Replay 2 deliveries/);

  await visitor.post(`${path}/status`, { status: 'active' });
  receiver.behave(answer(200));
  assert.match((await visitor.get(path)).text, /Replay 2 deliveries/);
  const before = receiver.requests.length;
  assert.equal((await visitor.post(`${path}/replay`, {})).status, 303);
  await receiver.firstRequests(before + 2);
  await eventually(
    'nothing missed',
    async () => !(await visitor.get(path)).text.includes('Missed deliveries'),
  );

  const tested = await visitor.post(`${path}/test`, { event_type: 'user.created' });
  assert.match(tested.location, /\/webhook_attempts\//);
  assert.match(receiver.requests.at(-1)?.body.toString() ?? '', /"data":\{"n": 1\.0\}\}$/);
  assert.equal((await visitor.post(`${path}/test`, { event_type: 'user.exploded' })).status, 422);
  const stranger = await signedInVisitor(server);
  for (const [action, fields] of [
    ['replay', {}],
    ['test', { event_type: 'user.created' }],
  ] as const) {
    assert.equal((await stranger.post(`${path}/${action}`, fields)).status, 404);
  }
});
