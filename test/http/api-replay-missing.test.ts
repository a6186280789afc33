import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

/** An app with an endpoint that takes all, and posted messages, by their names. */
async function appWithMessages() {
  const api = await apiOfNewAccount(server);
  const { app, subscription } = await makeApp(api, { url: 'http://127.0.0.1:9/' });
  for (const event_type of ['order.created', 'order.paid'])
    await api.post(`/apps/${app.id}/webhook_events`, { event_type, sample_payload: { amount: 9 } });
  const other = (await api.post(`/apps/${app.id}/subscriptions`, { name: 'Initech' })).body;
  const names = new Map<string, string>();
  const post = async (name: string, more: object, path = `/apps/${app.id}`) => {
    const message = { event_type: 'order.created', version: '1.0', data: { name, amount: 5 }, ...more };
    const { status, body } = await api.post(`${path}/messages`, message);
    assert.equal(status, 201);
    names.set(body.id, name);
  };
  await post('created', {});
  await post('paid', { event_type: 'order.paid' });
  await post('of another type', { event_type: 'user.created' });
  await post('of another version', { version: '2.0' });
  await post('small', { data: { name: 'small', amount: 1 } });
  await post('of another channel', { channels: ['us'] });
  await post('of this channel', { channels: ['eu'] });
  await post('later', { deliver_at: new Date(Date.now() + 3_600_000).toISOString() });
  await post('of another subscriber', {}, `/subscriptions/${other.id}`);
  await post('of this subscriber', {}, `/subscriptions/${subscription.id}`);
  await post('cancelled', { deliver_at: new Date(Date.now() + 60_000).toISOString() });
  const [cancelled] = [...names].find(([, name]) => name === 'cancelled') ?? [];
  assert.equal((await api.post(`/apps/${app.id}/messages/${String(cancelled)}/cancel`)).status, 200);
  await server.container.pool.query(`update messages set deliver_at = now() where id = $1`, [cancelled]);
  return { api, app, subscription, names, post };
}

const RULES = {
  version: '1.0',
  enabled_events: ['order.*'],
  channels: ['eu'],
  filter: { body: { amount: { $gte: 5 } } },
};

test('a new endpoint is sent what it would have got, once, and nothing else', async () => {
  await using receiver = await startReceiver();
  const { api, app, subscription, names, post } = await appWithMessages();
  const path = `/subscriptions/${subscription.id}/endpoints`;
  const { body: endpoint } = await api.post(path, { url: receiver.url, ...RULES });
  await api.post(`${path}/${endpoint.id}/test`, { event_type: 'order.created' });
  await post('after it', {});
  await receiver.firstRequests(2);

  const started = await api.post(`${path}/${endpoint.id}/replay`, { status: 'missing' });
  assert.deepEqual([started.status, started.body['total']], [202, 4]);
  const arrived = (await receiver.firstRequests(6)).slice(2);
  const sent = arrived.map(({ headers }) => names.get(String(headers['webhook-id'])));
  assert.deepEqual(sent.sort(), ['created', 'of this channel', 'of this subscriber', 'paid']);
  assert.ok(arrived.every(({ headers }) => headers['hostedhooks-trigger'] === 'replay'));

  const replay = `${path}/${endpoint.id}/replays/${started.body.id}`;
  await eventually('it is done', async () => (await api.get(replay)).body['status'] === 'done');
  const [first] = [...names].find(([, name]) => name === 'created') ?? [];
  await eventually('its page tells of both deliveries', async () => {
    const { rows } = await api.get(`/apps/${app.id}/messages/${String(first)}/deliveries`);
    return rows.find((row) => row['endpoint_id'] === endpoint.id)?.['state'] === 'delivered';
  });
  assert.equal((await api.get(`/apps/${app.id}/messages/${String(first)}`)).body['deliveries_count'], 2);

  const again = (await api.post(`${path}/${endpoint.id}/replay`, { status: 'missing' })).body;
  assert.deepEqual([again['total'], again['status']], [0, 'done']);
});

test('the page of an endpoint sends it, too', async () => {
  await using receiver = await startReceiver();
  const { api, app, subscription, names } = await appWithMessages();
  const { body } = await api.post(`/subscriptions/${subscription.id}/endpoints`, {
    url: receiver.url,
    ...RULES,
  });
  const resource = await server.container.models.HerokuResource.findOne({
    where: { accountId: api.accountId },
  });
  const browser = new CookieBrowser(server);
  await browser.signOn(String(resource?.id));
  const path = `/apps/${app.id}/endpoints/${body.id}`;
  assert.match((await browser.get(path)).text, /Send what is missing/);
  assert.equal((await browser.post(`${path}/replay_missing`, { hours: '24' })).status, 303);
  const sent = (await receiver.firstRequests(4)).map(({ headers }) =>
    names.get(String(headers['webhook-id'])),
  );
  assert.deepEqual(sent.sort(), ['created', 'of this channel', 'of this subscriber', 'paid']);
  assert.equal((await browser.post(`${path}/replay_missing`, { hours: '1000' })).status, 422);
});

test('what is missing is no state: it stands alone, and knows times and types', async () => {
  await using receiver = await startReceiver();
  const { api, subscription, names } = await appWithMessages();
  const path = `/subscriptions/${subscription.id}/endpoints`;
  const { body: endpoint } = await api.post(path, { url: receiver.url, ...RULES, status: 'inactive' });
  const replay = (body: object) => api.post(`${path}/${endpoint.id}/replay`, body);
  assert.equal((await replay({ status: 'missing' })).status, 409);
  await api.patch(`${path}/${endpoint.id}`, { status: 'active' });
  assert.equal((await replay({ status: ['missing', 'failed'] })).status, 422);
  assert.equal((await replay({ status: 'missing', until: '2020-01-01T00:00:00Z' })).body['total'], 0);
  assert.equal((await replay({ status: 'missing', event_type: 'order.paid' })).body['total'], 1);
  const { headers } = await receiver.nextRequest();
  assert.equal(names.get(String(headers['webhook-id'])), 'paid');
});
