import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const POSTED = { event_type: 'user.created', version: '1.0', data: {} };

test('what is posted to a paused endpoint waits, and arrives in order when it is resumed', async () => {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  assert.equal(endpoint['paused_at'], null);
  await api.patch(path, { ordering: 'fifo' });
  const paused = await api.post(`${path}/pause`);
  assert.equal(paused.status, 200);
  assert.equal(typeof paused.body['paused_at'], 'string');
  assert.equal(paused.body['status'], 'active');
  assert.equal((await api.post(`${path}/pause`)).body['paused_at'], paused.body['paused_at']);

  const posted: string[] = [];
  for (let n = 0; n < 5; n += 1) posted.push((await api.post(`/apps/${app.id}/messages`, POSTED)).body.id);
  const last = `/apps/${app.id}/messages/${posted[4] ?? ''}`;
  const { first } = await api.get(`${last}/deliveries`);
  assert.deepEqual([first['state'], first['attempts_made']], ['scheduled', 0]);
  assert.equal((await api.get(last)).body['deliveries_count'], 1);
  assert.equal(receiver.requests.length, 0);

  assert.equal((await api.post(`${path}/resume`)).body['paused_at'], null);
  assert.equal((await api.post(`${path}/resume`)).status, 200);
  const arrived = await receiver.firstRequests(5);
  assert.deepEqual(
    arrived.map(({ headers }) => headers['webhook-id']),
    posted,
  );
  const { body: events } = await api.get('/account/audit_events?action=endpoint.updated');
  assert.equal(JSON.stringify(events).match(/paused_at/g)?.length, 2);
});

test('a retry that comes due while its endpoint is paused waits, at no cost in attempts', async () => {
  await using receiver = await startReceiver(({ response, index }) => {
    response.writeHead(index === 0 ? 500 : 200).end();
  });
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  await api.patch(path, { retry_delays: [0.2, 60] });
  const { body: message } = await api.post(`/apps/${app.id}/messages`, POSTED);
  await receiver.firstRequests(1);
  await api.post(`${path}/pause`);
  await eventually('queued', async () => {
    const { rows } = await server.container.pool.query(
      'select from queue_entries where message_id = $1 and released_at is null',
      [message.id],
    );
    return rows.length === 1;
  });
  assert.equal(receiver.requests.length, 1);
  await api.post(`${path}/resume`);
  const [, second] = await receiver.firstRequests(2);
  assert.equal(second?.headers['hostedhooks-attempt'], '2');
});

test('a rate limit, a delay and an order are held to their bounds', async () => {
  const api = await apiOfNewAccount(server);
  const { subscription, endpoint } = await makeApp(api);
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const wrong: [string, object][] = [
    ['rate_limit.limit', { rate_limit: { limit: 0, period: 'second' } }],
    ['rate_limit.limit', { rate_limit: { limit: 10_001, period: 'second' } }],
    ['rate_limit.period', { rate_limit: { limit: 1, period: 'day' } }],
    ['delay_seconds', { delay_seconds: 86_401 }],
    ['ordering', { ordering: 'lifo' }],
  ];
  for (const [at, rules] of wrong) {
    const { status, body } = await api.patch(path, rules);
    assert.equal(status, 422);
    assert.deepEqual(
      body.details.map((detail) => detail.path),
      [at],
    );
  }
});

test('an endpoint of another account cannot be paused or resumed', async () => {
  const [api, other] = [await apiOfNewAccount(server), await apiOfNewAccount(server)];
  const { subscription, endpoint } = await makeApp(api);
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  for (const deed of ['pause', 'resume']) assert.equal((await other.post(`${path}/${deed}`)).status, 404);
});
