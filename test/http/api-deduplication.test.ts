import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer } from '#test/support/server.ts';

const server = await startTestServer();
const { pool } = server.container;
after(() => server[Symbol.asyncDispose]());

const MINUTE = { window_seconds: 60 };

async function deduplicatedApp(deduplication: object, url: string) {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const messages = `/apps/${app.id}/messages`;
  assert.deepEqual((await api.patch(path, { deduplication })).body['deduplication'], deduplication);
  const message = (data: unknown, more: object = {}) => ({
    event_type: 'user.created',
    version: '1.0',
    data,
    ...more,
  });
  const states = async () => {
    const { rows } = await api.get(`/apps/${app.id}/deliveries?per_page=100`);
    return Object.groupBy(rows, ({ state }) => String(state));
  };
  return {
    ...{ api, app, path, messages, message, states, endpoint },
    post: (data: unknown, more: object = {}) => api.post(messages, message(data, more)),
    /** Waits until so many were delivered and ignored. */
    settled: (delivered: number, ignored: number) =>
      eventually(`${String(delivered)} delivered and ${String(ignored)} ignored`, async () => {
        const by = await states();
        return by['delivered']?.length === delivered && (by['ignored']?.length ?? 0) === ignored;
      }),
  };
}

test('of five that are the same and two others three are delivered; a replay sends a duplicate', async () => {
  await using receiver = await startReceiver();
  const { api, messages, post, settled, states, endpoint, path } = await deduplicatedApp(
    MINUTE,
    receiver.url,
  );
  const ids: string[] = [];
  for (const id of [1, 1, 2, 1, 3, 1, 1]) ids.push((await post({ id })).body.id);
  await settled(3, 4);
  assert.deepEqual(
    receiver.requests.map(({ headers }) => headers['webhook-id']).toSorted(),
    [ids[0], ids[2], ids[4]].toSorted(),
  );
  const { ignored = [] } = await states();
  assert.deepEqual(new Set(ignored.map(({ reason }) => reason)), new Set(['duplicate']));
  const { rows } = await api.get(`${messages}/${String(ids[1])}/explain`);
  assert.deepEqual([rows[0]?.['endpoint_id'], rows[0]?.['reason']], [endpoint.id, 'duplicate']);
  await api.post(`${path}/replay`, { status: ['ignored'] });
  await settled(7, 0);
});

test('a batch has its first of each kind sent, and another type, header or endpoint is another', async () => {
  await using receiver = await startReceiver();
  const { api, messages, message, settled, post } = await deduplicatedApp(MINUTE, receiver.url);
  const batch = [message({ id: 1 }), message({ id: 1 }), message({ id: 2 })];
  assert.equal((await api.post(`${messages}/batch`, batch)).status, 201);
  await settled(2, 1);
  await post({ id: 1 }, { headers: { 'x-region': 'eu' } });
  await settled(3, 1);
  await post({ id: 1 }, { event_id: 'another' });
  await settled(3, 2);
});

test('only some fields are compared, or all but some; long numbers are not rounded', async () => {
  await using receiver = await startReceiver();
  const include = ['body.order.id', 'body.lines[*].sku', 'headers.X-Region'];
  const { api, app, path, settled, post, messages } = await deduplicatedApp(
    { ...MINUTE, include_fields: include },
    receiver.url,
  );
  const lines = [{ sku: 'a' }, { sku: 'b' }];
  await post({ order: { id: 1 }, lines, at: 1 });
  await post({ order: { id: 1 }, lines, at: 2 });
  await settled(1, 1);
  await post({ order: { id: '1' }, lines });
  await post({ order: { id: 1 }, lines: [{ sku: 'a' }, { sku: 'c' }] });
  await post({ order: { id: 1 }, lines }, { headers: { 'x-region': 'eu' } });
  await post({});
  await post({ other: true });
  await settled(5, 2);
  const postId = (id: string) =>
    api.post(messages, `{"event_type":"user.created","version":"1.0","data":{"order":{"id":${id}}}}`);
  for (const id of ['9007199254740992', '9007199254740993', '9007199254740993']) await postId(id);
  await settled(7, 3);

  // The changed rule has seen nothing yet.
  await api.patch(path, { deduplication: { ...MINUTE, exclude_fields: ['body.at', 'headers'] } });
  await post({ order: { id: 1 }, at: 1 });
  await post({ order: { id: 1 }, at: 2 }, { headers: { 'x-region': 'eu' } });
  await post({ order: { id: 2 }, at: 1 });
  await settled(9, 4);
  assert.equal((await api.get(`/apps/${app.id}`)).status, 200);
});

test('the window counts from the first message', async () => {
  await using receiver = await startReceiver();
  const { post, settled, endpoint } = await deduplicatedApp(MINUTE, receiver.url);
  const keys = () =>
    pool.query<{ left: number }>(
      `select extract(epoch from expires_at - now())::float8 as left from deduplication_keys where endpoint_id = $1`,
      [endpoint.id],
    );
  await post({});
  const before = await keys();
  await post({});
  const after = await keys();
  assert.ok((after.rows[0]?.left ?? 60) < (before.rows[0]?.left ?? 0));
  await settled(1, 1);
  await pool.query(`update deduplication_keys set expires_at = now() where endpoint_id = $1`, [endpoint.id]);
  await post({});
  await post({});
  await settled(2, 2);
});

test('of many at once in two processes exactly one goes', async () => {
  await using other = await startServerProcess({ databaseUrl: server.databaseUrl, entry: 'web' });
  await using receiver = await startReceiver();
  const { api, settled, post, messages, message } = await deduplicatedApp(MINUTE, receiver.url);
  const postElsewhere = (data: unknown) =>
    fetch(`${other.url}/api/v1${messages}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(message(data)),
    });
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0 ? post({ id: n % 4 }) : postElsewhere({ id: (n - 1) % 4 }),
    ),
  );
  await settled(2, 38);
  assert.equal(receiver.requests.length, 2);
});

test('a rule that is wrong is refused', async () => {
  const { api, path } = await deduplicatedApp(MINUTE, 'http://127.0.0.1:9/');
  const wrong: [string, object][] = [
    ['window_seconds', { window_seconds: 0 }],
    ['window_seconds', { window_seconds: 3601 }],
    ['exclude_fields', { ...MINUTE, include_fields: ['body'], exclude_fields: ['body'] }],
    ['include_fields', { ...MINUTE, include_fields: [] }],
    ['include_fields.0', { ...MINUTE, include_fields: ['query.a'] }],
    ['exclude_fields.0', { ...MINUTE, exclude_fields: ['body..a'] }],
    ['include_fields.0', { ...MINUTE, include_fields: ['body.a[x]'] }],
  ];
  for (const [at, deduplication] of wrong) {
    const { status, body } = await api.patch(path, { deduplication });
    assert.deepEqual([status, body.details[0]?.path], [422, `deduplication.${at}`]);
  }
  assert.deepEqual((await api.get(path)).body['deduplication'], MINUTE);
});
