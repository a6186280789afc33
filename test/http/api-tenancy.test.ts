import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const owner = await apiOfNewAccount(server);
const stranger = await apiOfNewAccount(server);
await using receiver = await startReceiver();
const theirs = await makeApp(owner, { url: receiver.url });
const mine = await makeApp(stranger);
const message = { event_type: 'user.created', version: '1.0', data: {} };
const { body: posted } = await owner.post(`/apps/${theirs.app.id}/messages`, message);
const { body: helper } = await owner.post('/hook_helpers', { label: 'Bin' });
const attempts = `/apps/${theirs.app.id}/webhook_attempts`;
await eventually('attempted', async () => (await owner.get(attempts)).rows.length > 0);
const { first: attempt } = await owner.get(attempts);
await owner.patch(`/apps/${theirs.app.id}`, { uid: 'their-app' });
await owner.patch(`/subscriptions/${theirs.subscription.id}`, { uid: 'their-customer' });

const { app, event, subscription, endpoint } = theirs;
const url = 'https://evil.example';
const everything: ['get' | 'post' | 'put' | 'patch' | 'delete', string, object?][] = [];
for (const id of [app.id, 'their-app']) {
  everything.push(
    ['get', `/apps/${id}`],
    ['patch', `/apps/${id}`, { name: 'Mine' }],
    ['delete', `/apps/${id}`],
    ['get', `/apps/${id}/webhook_events`],
    ['post', `/apps/${id}/webhook_events`, { event_type: 'mine' }],
    ['get', `/apps/${id}/webhook_events/${event.id}`],
    ['patch', `/apps/${id}/webhook_events/${event.id}`, {}],
    ['delete', `/apps/${id}/webhook_events/${event.id}`],
    ['get', `/apps/${id}/subscriptions`],
    ['post', `/apps/${id}/subscriptions`, { name: 'Mine' }],
    ['put', `/apps/${id}/subscriptions/their-customer`, { name: 'Mine' }],
    ['get', `/apps/${id}/endpoints`],
    ['get', `/apps/${id}/endpoints/${endpoint.id}`],
    ['put', `/apps/${id}/endpoints/mine`, { url, version: '1.0', subscription: { uid: 'mine' } }],
    ['get', `/apps/${id}/endpoints/${endpoint.id}/webhook_attempts`],
    ['get', `/apps/${id}/messages`],
    ['post', `/apps/${id}/messages`, message],
    ['get', `/apps/${id}/messages/${posted.id}`],
    ['get', `/apps/${id}/messages/${posted.id}/deliveries`],
    ['get', `/apps/${id}/messages/${posted.id}/explain`],
    ['get', `/apps/${id}/webhook_attempts`],
    ['get', `/apps/${id}/webhook_attempts/${attempt.id}`],
  );
}
for (const id of [subscription.id, 'their-customer']) {
  everything.push(
    ['get', `/subscriptions/${id}`],
    ['patch', `/subscriptions/${id}`, { name: 'Mine' }],
    ['delete', `/subscriptions/${id}`],
    ['post', `/subscriptions/${id}/messages`, message],
    ['get', `/subscriptions/${id}/endpoints`],
    ['post', `/subscriptions/${id}/endpoints`, { url, version: '1.0' }],
    ['get', `/subscriptions/${id}/endpoints/${endpoint.id}`],
    ['patch', `/subscriptions/${id}/endpoints/${endpoint.id}`, { url }],
    ['delete', `/subscriptions/${id}/endpoints/${endpoint.id}`],
    ['get', `/subscriptions/${id}/endpoints/${endpoint.id}/secret`],
    ['post', `/subscriptions/${id}/endpoints/${endpoint.id}/messages`, message],
  );
}
everything.push(
  // By a uid it would make an app of the stranger's own.
  ['put', `/apps/${app.id}`, { name: 'Mine' }],
  ['get', `/hook_helpers/${helper.id}`],
  ['patch', `/hook_helpers/${helper.id}`, { label: 'Mine' }],
  ['delete', `/hook_helpers/${helper.id}`],
  ['get', `/hook_helpers/${helper.id}/requests`],
  ['delete', `/hook_helpers/${helper.id}/requests`],
  // Through parents of the stranger's own.
  ['get', `/apps/${mine.app.id}/endpoints/${endpoint.id}`],
  ['get', `/apps/${mine.app.id}/endpoints/${endpoint.id}/webhook_attempts`],
  ['get', `/apps/${mine.app.id}/webhook_events/${event.id}`],
  ['delete', `/apps/${mine.app.id}/webhook_events/${event.id}`],
  ['get', `/apps/${mine.app.id}/messages/${posted.id}`],
  ['get', `/apps/${mine.app.id}/messages/${posted.id}/deliveries`],
  ['get', `/apps/${mine.app.id}/messages/${posted.id}/explain`],
  ['get', `/apps/${mine.app.id}/webhook_attempts/${attempt.id}`],
  ['get', `/subscriptions/${mine.subscription.id}/endpoints/${endpoint.id}`],
  ['delete', `/subscriptions/${mine.subscription.id}/endpoints/${endpoint.id}`],
  ['get', `/subscriptions/${mine.subscription.id}/endpoints/${endpoint.id}/secret`],
  ['post', `/subscriptions/${mine.subscription.id}/endpoints/${endpoint.id}/messages`, message],
);

describe("another account's things do not exist", () => {
  for (const [method, path, body] of everything) {
    test(`${method} ${path.replaceAll(/[0-9a-f-]{36}/g, '<id>')}: 404`, async () => {
      const answer = await stranger[method](path, body as Record<string, string>);
      assert.equal(answer.status, 404, answer.text);
      assert.ok(!answer.text.includes('Acme') && !answer.text.includes('Customer'));
    });
  }

  test('nor can they be linked to, or found by a filter', async () => {
    const { body: own } = await stranger.post('/hook_helpers', {});
    const linked = await stranger.patch(`/hook_helpers/${own.id}`, { endpoint_id: endpoint.id });
    assert.equal(linked.status, 404);
    for (const filter of [`endpoint_id=${endpoint.id}`, `message_id=${posted.id}`]) {
      const found = await stranger.get(`/apps/${mine.app.id}/webhook_attempts?${filter}`);
      assert.deepEqual(found.rows, []);
    }
  });

  test('their owner finds all unharmed', async () => {
    assert.equal((await owner.get('/apps')).first.name, 'Acme');
    assert.equal((await owner.get(`/apps/${app.id}/endpoints`)).rows.length, 1);
    assert.equal((await owner.get(`/apps/${app.id}/messages`)).rows.length, 1);
    assert.equal((await owner.get(`/hook_helpers/${helper.id}`)).body.label, 'Bin');
    assert.equal(receiver.requests.length, 1);
  });
});
