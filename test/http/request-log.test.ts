import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, describe, it } from 'node:test';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { apiRequests, pool } = server.container;

/** The log of the account, newest first, once it has `count` rows as `query` says. */
async function logged(api: Api, { query = 'outcome=refused', count = 1 } = {}): Promise<Thing[]> {
  let rows: Thing[] = [];
  await eventually(`${String(count)} logged: ${query}`, async () => {
    ({ rows } = await api.get(`/account/requests?${query}`));
    return rows.length >= count;
  });
  return rows;
}

const send = (path: string, { key, ...init }: RequestInit & { key: string }) =>
  fetch(`${server.url}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${key}` } });

describe('the request log', () => {
  it('has a message that was no JSON, with its beginning, its cause and who sent it', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const body = '{"event_type":"user.created","event_id":"order-42","data":{"id":1}}}';
    const refused = await api.post(`/apps/${app.id}/messages`, body, {
      'user-agent': 'shop/1.0',
      'x-request-id': 'request-of-order-42',
    });
    assert.equal(refused.status, 400);
    const [row] = await logged(api);
    const { id, duration_ms: duration, api_key: key, created_at: at, ...rest } = row as Thing;
    assert.equal(typeof duration, 'number');
    assert.ok(Date.parse(at) > 0);
    assert.equal((key as Thing).name, (await api.get('/account/api_keys')).first.name);
    assert.deepEqual(rest, {
      method: 'POST',
      path: `/api/v1/apps/${app.id}/messages`,
      operation: 'postMessage',
      status: 400,
      code: 'bad_request',
      message: refused.body.message,
      details: [],
      event_type: 'user.created',
      event_id: 'order-42',
      request_id: 'request-of-order-42',
      client_address: rest['client_address'],
      user_agent: 'shop/1.0',
      content_type: 'application/json',
      body_bytes: body.length,
      unlisted: 0,
    });
    assert.match(String(rest.client_address), /127\.0\.0\.1|::1/);
    assert.equal((await api.get(`/account/requests/${id}`)).body['body'], body);
  });

  it('has each kind of refusal with its code and where the mistake is', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const { body: key } = await api.post('/account/api_keys', { name: 'Reader', scopes: ['read'] });
    const reader = String(key['api_key']);
    await api.get('/apps/0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f');
    await api.get('/nowhere');
    await api.put('/apps');
    await api.post(`/apps/${app.id}/messages`, { event_type: 'no.such', version: '1.0', data: {} });
    await api.post(`/apps/${app.id}/messages`, {
      event_type: 'user.created',
      version: '1.0',
      data: {},
      date: 1,
    });
    await api.post(`/apps/${app.id}/messages`, 'a=b', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    await api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', data: 'a'.repeat(1024 * 1024) });
    await send('/apps', { key: reader, method: 'POST', body: '{}' });
    const rows = await logged(api, { count: 8 });
    const seen = rows.map((row) =>
      [row['status'], row.code, ...row.details.map(({ path }) => path)].map(String).join(' '),
    );
    assert.deepEqual(seen.sort(), [
      '403 missing_scope',
      '404 not_found',
      '404 unknown_route',
      '405 method_not_allowed',
      '413 too_large',
      '415 unsupported_media_type',
      '422 unknown_event_type event_type',
      '422 unknown_parameter date',
    ]);
    assert.equal(rows.find((row) => row['status'] === 403)?.['api_key'] instanceof Object, true);
  });

  it('has what a revoked key asks for, and nothing of a key that nobody has', async () => {
    const api = await apiOfNewAccount(server);
    const { body: key } = await api.post('/account/api_keys', { name: 'Old', scopes: ['read'] });
    const old = String(key['api_key']);
    await api.delete(`/account/api_keys/${key.id}`);
    assert.equal((await send('/apps', { key: `${old}x` })).status, 401);
    assert.equal((await send('/apps?page=2', { key: old })).status, 401);
    const [row, ...others] = await logged(api);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [row?.['status'], row?.code, row?.['path'], (row?.['api_key'] as Thing).name],
      [401, 'unauthenticated', '/api/v1/apps?page=…', 'Old'],
    );
  });

  it('has a sample of what was taken, without its body', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    await api.post(`/apps/${app.id}/messages`, {
      event_type: 'user.created',
      version: '1.0',
      event_id: 'paid-1',
      data: {},
    });
    const [row] = await logged(api, { query: 'q=paid-1' });
    assert.deepEqual([row?.['status'], row?.['event_type'], row?.code], [201, 'user.created', null]);
    assert.equal((await api.get(`/account/requests/${row?.id ?? ''}`)).body['body'], null);
    assert.equal((await apiRequests.latest(api.accountId))?.accountId, api.accountId);
    assert.deepEqual(await logged(api, { query: 'outcome=refused', count: 0 }), []);
  });

  it('knows whether an account ever called', async () => {
    const { accountId, apiKey } = await server.createAccount();
    assert.equal(await apiRequests.hasCalled(accountId), false);
    await send('/apps', { key: apiKey });
    await eventually('known', () => apiRequests.hasCalled(accountId));
  });

  it('is filtered by status, code, method, words and time, in pages', async () => {
    const api = await apiOfNewAccount(server);
    for (const name of ['one', 'two', 'three']) await api.get(`/apps/${name}`);
    await api.post('/apps', {});
    await logged(api, { count: 4 });
    const paths = async (query: string) =>
      (await api.get(`/account/requests?${query}`)).rows.map((row) => String(row['path']).split('/').at(-1));
    assert.deepEqual(await paths('status=404'), ['three', 'two', 'one']);
    assert.deepEqual(await paths('code=invalid'), ['apps']);
    assert.deepEqual(await paths('method=POST&outcome=refused'), ['apps']);
    assert.deepEqual(await paths('q=TWO&outcome=refused'), ['two']);
    assert.deepEqual(await paths('until=2020-01-01'), []);
    const first = await api.get('/account/requests?status=404&per_page=2');
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await api.get(next.split('/api/v1')[1] ?? '');
    assert.deepEqual(
      second.rows.map((row) => row['path']),
      ['/api/v1/apps/one'],
    );
  });
});

describe('in the request log', () => {
  it('no other account’s requests are found', async () => {
    const [one, other] = [await apiOfNewAccount(server), await apiOfNewAccount(server)];
    await one.get('/apps/of-one');
    const [row] = await logged(one);
    await other.get('/apps/of-other');
    const rows = await logged(other);
    assert.deepEqual(
      rows.map((found) => found['path']),
      ['/api/v1/apps/of-other'],
    );
    assert.equal((await other.get(`/account/requests/${row?.id ?? ''}`)).status, 404);
  });

  it('a flood of one refusal takes few rows, says how many there were, and hides no other', async () => {
    const api = await apiOfNewAccount(server);
    const COUNT = 100;
    const BURST = 10;
    for (let from = 0; from < COUNT; from += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => api.get(`/apps/flood-${String(from + n)}`)));
    }
    await api.post('/apps', {});
    await logged(api, { query: 'status=422' });
    await server.container.requestRecorder.stop();
    const rows = await logged(api, { query: 'outcome=refused&per_page=100', count: BURST });
    assert.ok(rows.length < COUNT / 2, String(rows.length));
    const floods = rows.filter((row) => row['status'] === 404);
    const all = floods.reduce((sum, row) => sum + 1 + Number(row['unlisted']), 0);
    assert.equal(all, COUNT);
  });

  it('has what was refused while it arrived, because too much did at once', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const headers = [
      `POST /api/v1/apps/${app.id}/messages HTTP/1.1`,
      'host: here',
      `authorization: Bearer ${api.apiKey}`,
      'content-type: application/json',
      `content-length: ${String(1024 * 1024)}`,
    ];
    // All but the last byte of each, so that none is answered.
    const part = Buffer.alloc(1024 * 1024 - 1, ' ');
    const sockets = Array.from({ length: FIXED_LIMITS.bytesUnderWay.max / part.length + 1 }, () => {
      const socket = connect(Number(new URL(server.url).port)).on('error', () => undefined);
      socket.write(`${headers.join('\r\n')}\r\n\r\n`);
      socket.write(part);
      return socket;
    });
    const [row] = await logged(api, { query: 'status=429' });
    assert.deepEqual(
      [row?.['status'], row?.code, row?.['operation'], row?.['body_bytes']],
      [429, 'too_many_bytes', 'postMessage', 1024 * 1024],
    );
    for (const socket of sockets) socket.destroy();
  });

  it('no secret is kept, wherever it was sent', async () => {
    const api = await apiOfNewAccount(server);
    const { app, subscription } = await makeApp(api);
    const endpoints = `/subscriptions/${subscription.id}/endpoints`;
    const secret = 'hunter2-hunter2-hunter2';
    const auth = { type: 'bearer', token: secret, tokens: 1 };
    const url = 'https://globex.example/hooks';
    await api.post(endpoints, { url, version: '1.0', auth });
    await api.post(endpoints, `{"auth": {"token": ${secret}}}`);
    await api.get(`/apps?api_key=${secret}`);
    await api.get(`/apps/${api.apiKey}`);
    await api.get(`/portal/${`${secret}.`.repeat(3)}/endpoints`);
    await api.post(`/apps/${app.id}/messages`, `{"event_type": "${api.apiKey}"`, {
      'user-agent': `shop ${api.apiKey}`,
    });
    await api.post(`/apps/${app.id}/messages`, { [api.apiKey]: 1 });
    await logged(api, { count: 7 });
    const { rows } = await pool.query<{ row: string }>(
      'select api_requests::text as row from api_requests where account_id = $1',
      [api.accountId],
    );
    const texts = rows.map(({ row }) => row).join('\n');
    for (const hidden of ['hunter2', api.apiKey]) assert.ok(!texts.includes(hidden), texts);
    assert.match(texts, /hh_…/);
  });

  it('what PostgreSQL cannot store, and a body of bytes, lose no request', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    await api.post(`/apps/${app.id}/messages`, String.raw`{"event_type": "a\u0000", "\u0000\ud800": 1}`);
    const bytes = new Uint8Array([0xff, 0x00, 0xfe]);
    await send(`/apps/${app.id}/publish?event_type=no.such`, {
      key: api.apiKey,
      method: 'POST',
      body: bytes,
    });
    await api.post(`/apps/${app.id}/messages`, `{"event_type": "${'ä'.repeat(5000)}`);
    const rows = await logged(api, { count: 3 });
    const bodies = await Promise.all(
      rows.map(async ({ id }) => (await api.get(`/account/requests/${id}`)).body['body']),
    );
    assert.equal(bodies[1], null);
    assert.match(String(bodies[0]), /ä$/);
    assert.ok(Buffer.byteLength(String(bodies[0])) <= 4096);
    assert.deepEqual(
      rows.map((row) => row['body_bytes']),
      [10_016, 3, 44],
    );
  });
});
