import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const LARGE = { body: { amount: { $gte: 100 } } };

async function filteredApp({ url = 'http://127.0.0.1:9/' } = {}) {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url });
  const endpoints = `/subscriptions/${subscription.id}/endpoints`;
  const messages = `/apps/${app.id}/messages`;
  return {
    api,
    app,
    endpoint,
    subscription,
    endpoints,
    messages,
    add: async (changes: object) => (await api.post(endpoints, { url, version: '1.0', ...changes })).body.id,
    post: async (data: unknown, more: object = {}, path = messages) =>
      api.post(path, { event_type: 'user.created', version: '1.0', data, ...more }),
    reasons: async (id: string) =>
      Object.fromEntries(
        (await api.get(`${messages}/${id}/explain`)).rows.map((row) => [row['endpoint_id'], row['reason']]),
      ),
    states: async (id: string) =>
      Object.fromEntries(
        (await api.get(`${messages}/${id}/deliveries`)).rows.map((row) => [
          row['endpoint_id'],
          [row['state'], row['reason']],
        ]),
      ),
  };
}

test('an endpoint gets what its filter takes; the rest is ignored, and a replay sends it', async () => {
  await using receiver = await startReceiver();
  const { api, app, endpoint, endpoints, post, add, reasons, states } = await filteredApp(receiver);
  assert.equal(endpoint['filter'], null);
  const path = `${endpoints}/${endpoint.id}`;
  assert.deepEqual((await api.patch(path, { filter: LARGE })).body['filter'], LARGE);
  const off = await add({ status: 'inactive', filter: LARGE });

  const small = (await post({ amount: 5 })).body;
  const large = (await post({ amount: 500 })).body;
  await eventually('a webhook', () => receiver.requests.length === 1);
  assert.match(String(receiver.requests[0]?.body), /500/);
  assert.deepEqual(await states(small.id), {
    [endpoint.id]: ['ignored', 'filtered'],
    [off]: ['ignored', 'filtered'],
  });
  assert.deepEqual(await reasons(small.id), { [endpoint.id]: 'filtered', [off]: 'filtered' });
  assert.deepEqual(await reasons(large.id), { [endpoint.id]: null, [off]: 'held' });
  assert.equal(small['deliveries_count'], 0);

  const replay = await api.post(`${path}/replay`, { status: ['ignored'] });
  assert.equal(replay.status, 202, replay.text);
  await eventually('the replay', () => receiver.requests.length === 2);
  assert.match(String(receiver.requests[1]?.body), /5}/);
  await eventually('its outcome', async () => (await states(small.id))[endpoint.id]?.[0] === 'delivered');
  assert.equal((await api.patch(path, { filter: null })).body['filter'], null);
  assert.equal((await api.get(`/apps/${app.id}`)).body['filter'], undefined);
});

test('a filter sees the headers, the type and the version, also of what is posted to one endpoint', async () => {
  const { api, add, endpoints, endpoint, post, states } = await filteredApp();
  const filtered = await add({
    filter: { headers: { 'X-Region': 'eu' }, event_type: { $startsWith: 'user.' } },
  });
  const to = `${endpoints}/${filtered}/messages`;
  const none = (await post({}, {}, to)).body;
  assert.deepEqual(await states(none.id), { [filtered]: ['ignored', 'filtered'] });
  const eu = (await post({}, { headers: { 'x-region': 'eu' } }, to)).body;
  assert.equal((await states(eu.id))[filtered]?.[1], null);
  // A test is no message that could be filtered.
  await api.patch(`${endpoints}/${endpoint.id}`, { filter: { version: 'none' } });
  const tested = await api.post(`${endpoints}/${endpoint.id}/test`, { event_type: 'user.created' });
  assert.equal(tested.status, 200);
});

test('whom a message is expected to reach are not those whose filters keep it back; nor in a batch', async () => {
  const { api, add, messages, post, states } = await filteredApp();
  const filtered = await add({ filter: LARGE });
  assert.equal((await post({ amount: 1 }, { expect: { endpoints: 1 } })).status, 201);
  const refused = await post({ amount: 100 }, { expect: { endpoints: 1 } });
  assert.deepEqual([refused.status, refused.body.code], [422, 'audience']);
  const message = (amount: number) => ({ event_type: 'user.created', version: '1.0', data: { amount } });
  const batch = await api.post(`${messages}/batch`, [message(1), message(100)]);
  assert.equal(batch.status, 201);
  assert.deepEqual((await states(batch.rows[0]?.id ?? ''))[filtered], ['ignored', 'filtered']);
  assert.equal((await states(batch.rows[1]?.id ?? ''))[filtered]?.[1], null);
});

test('explain says what of a filter does not hold', async () => {
  const { api, app, add, endpoint } = await filteredApp();
  const filtered = await add({ filter: { ...LARGE, headers: { 'x-region': 'eu' } } });
  const explain = async (more: object) => {
    const message = { event_type: 'user.created', version: '1.0', ...more };
    const { rows } = await api.post(`/apps/${app.id}/messages/explain`, message);
    assert.deepEqual(rows.find((row) => row['endpoint_id'] === endpoint.id)?.['failed'], []);
    const row = rows.find((one) => one['endpoint_id'] === filtered);
    return [row?.['verdict'], row?.['reason'], row?.['failed']];
  };
  assert.deepEqual(await explain({ data: { amount: 1 } }), [
    'ignored',
    'filtered',
    ['headers.x-region', 'body.amount.$gte'],
  ]);
  assert.deepEqual(await explain({ headers: { 'X-Region': 'eu' } }), ['sent', null, []]);
  assert.deepEqual(await explain({ headers: { 'X-Region': 'eu' }, data: { amount: 100 } }), [
    'sent',
    null,
    [],
  ]);
});

test('what is published as it is is filtered as a text, or as the JSON that it is', async () => {
  const { api, app, add, states } = await filteredApp();
  const filtered = await add({ filter: { body: { $startsWith: '<order' } } });
  const publish = async (body: string, type: string) => {
    const query = '?event_type=user.created&version=1.0';
    const { body: message } = await api.post(`/apps/${app.id}/publish${query}`, body, {
      'content-type': type,
    });
    return (await states(message.id))[filtered]?.[1];
  };
  assert.equal(await publish('<order/>', 'text/xml'), null);
  assert.equal(await publish('<invoice/>', 'text/xml'), 'filtered');
  assert.equal(await publish('{"order":1}', 'application/json'), 'filtered');
});

test('a filter is tried on data, or on a message of the app', async () => {
  const { api, app, post } = await filteredApp();
  const path = `/apps/${app.id}/filters/test`;
  const verdict = async (body: object) => {
    const { status, body: answer } = await api.post(path, body);
    assert.equal(status, 200);
    return [answer['matches'], answer['failed']];
  };
  assert.deepEqual(await verdict({ filter: LARGE, data: { amount: 1 } }), [false, ['body.amount.$gte']]);
  assert.deepEqual(await verdict({ filter: LARGE, data: { amount: 100 } }), [true, []]);
  const all = { filter: { event_type: 'a.b', version: '2.0', headers: { A: '1' } }, data: null };
  assert.deepEqual(await verdict(all), [false, ['event_type', 'version', 'headers.A']]);
  assert.deepEqual(await verdict({ ...all, event_type: 'a.b', version: '2.0', headers: { a: '1' } }), [
    true,
    [],
  ]);
  const { body: message } = await post({ amount: 5 });
  assert.deepEqual(await verdict({ filter: LARGE, message_id: message.id }), [false, ['body.amount.$gte']]);

  const refusals: [string, object][] = [
    ['filter.body.amount.$gtx', { filter: { body: { amount: { $gtx: 1 } } }, data: {} }],
    ['filter.query', { filter: { query: 1 }, data: {} }],
    ['data', { filter: {} }],
    ['message_id', { filter: {}, data: {}, message_id: message.id }],
  ];
  for (const [where, body] of refusals) {
    const refused = await api.post(path, body);
    assert.equal(refused.status, 422, refused.text);
    assert.deepEqual(
      refused.body.details.map((detail) => detail.path),
      [where],
    );
  }
});

test("another account's app and messages are tried by nobody", async () => {
  const { api, app, post } = await filteredApp();
  const { body: message } = await post({ amount: 5 });
  const stranger = await filteredApp();
  const body = { filter: LARGE, data: {} };
  assert.equal((await stranger.api.post(`/apps/${app.id}/filters/test`, body)).status, 404);
  const theirs = { filter: LARGE, message_id: message.id };
  assert.equal((await stranger.api.post(`/apps/${stranger.app.id}/filters/test`, theirs)).status, 404);
  const { body: other } = await api.post('/apps', { name: 'Other' });
  assert.equal((await api.post(`/apps/${other.id}/filters/test`, theirs)).status, 404);
});
