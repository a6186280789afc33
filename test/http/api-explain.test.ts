import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

test('explain says for each endpoint whether it would be sent, and why not, and sends nothing', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'user.deleted' });
  const add = async (changes: object) =>
    (
      await api.post(`/subscriptions/${subscription.id}/endpoints`, {
        url: receiver.url,
        version: '1.0',
        ...changes,
      })
    ).body.id;
  const otherVersion = await add({ version: '2.0' });
  const otherEvent = await add({ enabled_events: ['user.deleted'] });
  const off = await add({ status: 'inactive' });

  const { status, rows } = await api.post(`/apps/${app.id}/messages/explain`, {
    event_type: 'user.created',
    version: '1.0',
  });

  assert.equal(status, 200);
  const reasons = Object.fromEntries(rows.map((row) => [row['endpoint_id'], row['reason']]));
  assert.deepEqual(reasons, {
    [endpoint.id]: null,
    [otherVersion]: 'version',
    [otherEvent]: 'event_type',
    [off]: 'held',
  });
  assert.equal(
    rows.find((row) => row['endpoint_id'] === off)?.['explanation'],
    'The endpoint was turned off by hand. The message would be kept until it is replayed.',
  );
  assert.ok(rows.every((row) => String(row['explanation']).endsWith('.')));
  const narrowed = await api.post(`/apps/${app.id}/messages/explain`, {
    event_type: 'user.created',
    version: '1.0',
    subscription_id: subscription.id,
    endpoint_id: endpoint.id,
  });
  assert.deepEqual(
    narrowed.rows.map((row) => row['verdict']),
    ['sent'],
  );
  assert.equal(
    (await api.post(`/apps/${app.id}/messages/explain`, { event_type: 'no', version: '1' })).status,
    422,
  );
  const nowhere = { event_type: 'user.created', version: '1.0', subscription_id: app.id };
  assert.equal((await api.post(`/apps/${app.id}/messages/explain`, nowhere)).status, 404);
  assert.deepEqual((await api.get(`/apps/${app.id}/messages`)).rows, []);
  assert.equal(receiver.requests.length, 0);
});

test("a subscription of another app is not one of this app's: 404, and not an empty list", async () => {
  await using server = await sharedServer('web');
  const api = await apiOfNewAccount(server);
  const [{ app }, { subscription }] = [await makeApp(api), await makeApp(api)];
  const message = { event_type: 'user.created', version: '1.0', subscription_id: subscription.id };
  assert.equal((await api.post(`/apps/${app.id}/messages/explain`, message)).status, 404);
});

test("another account's app explains nothing", async () => {
  await using server = await sharedServer('web');
  const { app } = await makeApp(await apiOfNewAccount(server));
  const stranger = await apiOfNewAccount(server);
  const message = { event_type: 'user.created', version: '1.0' };
  assert.equal((await stranger.post(`/apps/${app.id}/messages/explain`, message)).status, 404);
});

test('a message is explained by the endpoints as they were when it was posted', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app, endpoint, subscription, ...others } = await makeSkippedEndpoints(server, api, receiver.url);
  const message = { event_type: 'user.created', version: '1.0', data: 1 };
  const { body: posted } = await api.post(`/apps/${app.id}/messages`, message);
  const explain = async () => (await api.get(`/apps/${app.id}/messages/${posted.id}/explain`)).rows;
  await eventually('delivered', async () => stateOf(await explain(), endpoint.id) === 'delivered');

  // None of this was so when the message was posted.
  const path = `/subscriptions/${subscription.id}/endpoints`;
  const onAgain = { version: '1.0', status: 'active', enabled_events: '*' };
  for (const id of Object.values(others)) await api.patch(`${path}/${id}`, onAgain);
  await api.delete(`${path}/${others.version}`);
  await api.patch(`${path}/${endpoint.id}`, { version: '3.0' });
  await api.post(path, { url: receiver.url, version: '1.0' });
  const rows = await explain();

  assert.deepEqual(
    new Map(rows.map((row) => [row['endpoint_id'], [row['verdict'], row['reason'], stateOf([row])]])),
    new Map<unknown, unknown>([
      [endpoint.id, ['sent', null, 'delivered']],
      [others.version, ['skipped', 'version', undefined]],
      [others.event_type, ['skipped', 'event_type', undefined]],
      [others.inactive, ['held', 'held', 'held']],
      [others.held, ['held', 'held', 'held']],
    ]),
  );
  const deleted = rows.find((row) => row['endpoint_id'] === others.version);
  assert.equal(deleted?.url, null);
  assert.equal(deleted['subscription_id'], subscription.id);
  assert.equal(deleted['explanation'], 'The endpoint took version "2.0" and no other.');
});

test('a message for one endpoint is explained for that one alone', async () => {
  await using server = await sharedServer('web');
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api);
  const path = `/subscriptions/${subscription.id}/endpoints`;
  await api.post(path, { url: 'http://127.0.0.1:9/', version: '1.0' });
  const message = { event_type: 'user.created', version: '2.0', data: 1 };
  const { body: posted } = await api.post(`${path}/${endpoint.id}/messages`, message);
  const { rows } = await api.get(`/apps/${app.id}/messages/${posted.id}/explain`);
  assert.deepEqual(
    rows.map((row) => [row['endpoint_id'], row['reason'], row['delivery']]),
    [[endpoint.id, 'version', null]],
  );
});

test('a test is explained as one, also of an endpoint that is off', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver(answer(200));
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  await api.patch(path, { status: 'inactive' });
  const { body: attempt } = await api.post(`${path}/test`, { event_type: 'user.created' });
  const { rows } = await api.get(`/apps/${app.id}/messages/${String(attempt['message_id'])}/explain`);
  assert.deepEqual(
    rows.map((row) => [row['verdict'], row['reason'], row['explanation'], row['delivery']]),
    [['sent', null, 'It was sent as a test.', null]],
  );
});

/** Besides an endpoint that takes the message, one for every reason not to; by their reasons. */
async function makeSkippedEndpoints(server: TestServer, api: Api, url: string) {
  const made = await makeApp(api, { url });
  await api.post(`/apps/${made.app.id}/webhook_events`, { event_type: 'user.deleted' });
  const add = async (changes: object) => {
    const path = `/subscriptions/${made.subscription.id}/endpoints`;
    return (await api.post(path, { url, version: '1.0', ...changes })).body.id;
  };
  const held = await add({ status: 'inactive' });
  await server.container.pool.query(`update endpoints set inactive_reason = 'gone' where id = $1`, [held]);
  return {
    app: made.app,
    subscription: made.subscription,
    endpoint: made.endpoint,
    version: await add({ version: '2.0' }),
    event_type: await add({ enabled_events: ['user.deleted'] }),
    inactive: await add({ status: 'inactive' }),
    held,
  };
}

function stateOf(rows: Thing[], endpointId?: string): unknown {
  const row = rows.find((one) => endpointId === undefined || one['endpoint_id'] === endpointId);
  return (row?.['delivery'] as { state: string } | null | undefined)?.state;
}
