import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { MAX_NAMED_KEYS } from '#src/domain/api-keys/named-keys.ts';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { freezeCaches } from '#test/support/frozen-caches.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const KEY = /^hh_[\w-]{43}$/;
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

/** A request with a key of the caller's choice. */
const statusWith = async (apiKey: string, line = 'GET /apps', { url }: TestServer = server) => {
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
  await response.arrayBuffer();
  return response.status;
};

const makeKey = async (api: Api, input: object = {}) => {
  const { status, body } = await api.post('/account/api_keys', { name: 'CI', ...input });
  assert.equal(status, 201);
  return { id: body.id, key: String(body['api_key']), body };
};

describe('a named key', () => {
  test('is shown once, works beside the others, and says what it is', async () => {
    const api = await apiOfNewAccount(server);
    const expires = inDays(1);
    const { id, key, body } = await makeKey(api, { scopes: ['read'], expires_at: expires });
    assert.match(key, KEY);
    assert.equal(await statusWith(key), 200);
    const listed = (await api.get('/account/api_keys')).rows.find((row) => row.id === id)!;
    const { api_key: _shown, ...rest } = body;
    assert.deepEqual(
      { ...listed, last_used_at: null },
      { ...rest, scopes: ['read'], status: 'active', expires_at: expires, prefix: key.slice(0, 11) },
    );
    assert.doesNotMatch(JSON.stringify(listed), new RegExp(key));
  });

  test('may do all that the key does that made it, unless told otherwise', async () => {
    const { body } = await makeKey(await apiOfNewAccount(server));
    assert.deepEqual(body['scopes'], ['read', 'messages:write', 'admin']);
  });

  test('is renamed, and ends earlier or later than was said', async () => {
    const api = await apiOfNewAccount(server);
    const { id, key } = await makeKey(api, { expires_at: inDays(1) });
    const { body } = await api.patch(`/account/api_keys/${id}`, { name: 'Deploys', expires_at: null });
    assert.deepEqual([body.name, body['expires_at']], ['Deploys', null]);
    const soon = inDays(1);
    const earlier = await api.patch(`/account/api_keys/${id}`, { expires_at: soon });
    assert.deepEqual([earlier.status, earlier.body['expires_at']], [200, soon]);
    assert.equal(await statusWith(key), 200);
    // As if the day were over.
    await server.container.pool.query(`update api_keys set expires_at = now() where id = $1`, [id]);
    await eventually('ended', async () => (await statusWith(key)) === 401);
    const refused = await api.patch(`/account/api_keys/${id}`, { expires_at: null });
    assert.equal(refused.status, 409, 'what has ended stays ended');
  });

  test('cannot end in the past, nor have no name or strange scopes', async () => {
    const api = await apiOfNewAccount(server);
    for (const wrong of [
      { expires_at: inDays(-1) },
      { name: '' },
      { scopes: [] },
      { scopes: ['root'] },
      { scopes: Array.from({ length: 4 }, () => 'read') },
    ]) {
      const { status, body } = await api.post('/account/api_keys', { name: 'CI', ...wrong });
      assert.equal(status, 422, JSON.stringify(wrong));
      assert.equal(body.details[0]?.path.split('.')[0], Object.keys(wrong)[0]);
    }
  });

  test('is left alone by a rotation of the add-on’s key', async () => {
    const api = await apiOfNewAccount(server);
    const { key } = await makeKey(api);
    assert.equal((await api.post('/account/api_keys/rotate', { grace_seconds: 0 })).status, 201);
    assert.equal(await statusWith(api.apiKey), 401);
    assert.equal(await statusWith(key), 200);
  });

  test('of another account is not found', async () => {
    const { id, key } = await makeKey(await apiOfNewAccount(server));
    const other = await apiOfNewAccount(server);
    assert.equal((await other.patch(`/account/api_keys/${id}`, { name: 'Mine' })).status, 404);
    assert.equal((await other.delete(`/account/api_keys/${id}`)).status, 404);
    assert.equal(await statusWith(key), 200);
  });

  test('can be made by a thousand requests only until there are many', async () => {
    const api = await apiOfNewAccount(server);
    const made = await Promise.all(
      Array.from({ length: MAX_NAMED_KEYS + 10 }, () => api.post('/account/api_keys', { name: 'More' })),
    );
    const refused = made.filter(({ status }) => status === 409);
    assert.equal(refused.length, 10);
    assert.equal(refused[0]?.body.code, 'too_many_keys');
    const { id } = made.find(({ status }) => status === 201)!.body;
    await api.delete(`/account/api_keys/${id}`);
    await makeKey(api);
  });

  test('that has ended is forgotten once there are many newer ones', async () => {
    const api = await apiOfNewAccount(server);
    const first = await makeKey(api);
    for (let count = 0; count < MAX_NAMED_KEYS + 1; count += 1) {
      const { id } = await makeKey(api);
      await api.delete(`/account/api_keys/${id}`);
      if (count === 0) await api.delete(`/account/api_keys/${first.id}`);
    }
    const { rows } = await server.container.pool.query<{ count: number }>(
      'select count(*)::int as count from api_keys where account_id = $1',
      [api.accountId],
    );
    assert.ok(rows[0]!.count <= MAX_NAMED_KEYS + 3, String(rows[0]!.count));
    assert.equal(await statusWith(api.apiKey), 200);
  });
});

describe('scopes', () => {
  test('a refusal names what is missing', async () => {
    const { key } = await makeKey(await apiOfNewAccount(server), { scopes: ['read'] });
    const refused = await fetch(`${server.url}/api/v1/apps/x`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${key}` },
    });
    const body = (await refused.json()) as { code: string; message: string };
    assert.equal(body.code, 'missing_scope');
    assert.match(body.message, /"admin"/);
    assert.match(refused.headers.get('www-authenticate') ?? '', /insufficient_scope.*admin/);
  });

  test('an export with signing secrets needs admin, too', async () => {
    const api = await apiOfNewAccount(server);
    await makeApp(api);
    const { key } = await makeKey(api, { scopes: ['read'] });
    assert.equal(await statusWith(key, 'GET /export?secrets=true'), 403);
    assert.equal(await statusWith(key, 'GET /export?secrets=false'), 200);
    const both = await makeKey(api, { scopes: ['read', 'admin'] });
    assert.equal(await statusWith(both.key, 'GET /export?secrets=true'), 200);
    const admin = await makeKey(api, { scopes: ['admin'] });
    assert.equal(await statusWith(admin.key, 'GET /export?secrets=true'), 403);
  });

  test('no key makes one that may do more, by no way', async () => {
    const api = await apiOfNewAccount(server);
    const { key } = await makeKey(api, { scopes: ['read', 'admin'] });
    const weak = { authorization: `Bearer ${key}` };
    const more = { name: 'More', scopes: ['messages:write'] };
    assert.equal((await api.post('/account/api_keys', more, weak)).body.code, 'missing_scope');
    assert.equal((await api.post('/account/api_keys/rotate', {}, weak)).body.code, 'missing_scope');
    const { body } = await api.post('/account/api_keys', { name: 'Same' }, weak);
    assert.deepEqual(body['scopes'], ['read', 'admin']);

    // What an Idempotency-Key brings back was made by a stronger one.
    const strong = await api.post('/account/api_keys', { name: 'All' }, { 'idempotency-key': 'one' });
    const again = await api.post('/account/api_keys', { name: 'All' }, { ...weak, 'idempotency-key': 'one' });
    assert.equal(strong.status, 201);
    assert.equal(again.body.code, 'idempotency_key_reused');
  });
});

const second = await startTestServer({ databaseUrl: server.databaseUrl, runs: 'web' });
after(() => second[Symbol.asyncDispose]());

describe('with two processes', () => {
  test('a key that one revokes is refused by the other at its notice, also while it is used', async (t) => {
    freezeCaches(t);
    const api = await apiOfNewAccount(server);
    for (let round = 0; round < 5; round += 1) {
      const { id, key } = await makeKey(api);
      const using = new AbortController();
      const use = async () => {
        while (!using.signal.aborted) await statusWith(key, 'GET /account', second);
      };
      const users = [use(), use(), use()];
      assert.equal(await statusWith(key, 'GET /account', second), 200);
      await api.delete(`/account/api_keys/${id}`);
      await eventually('refused', async () => (await statusWith(key, 'GET /account', second)) === 401);
      using.abort();
      await Promise.all(users);
      assert.equal(await statusWith(key, 'GET /account', second), 401);
    }
  });

  test('a key that is revoked while it is looked up is not remembered', async (t) => {
    const api = await apiOfNewAccount(server);
    const { id, key } = await makeKey(api);
    const { pool } = second.container;
    const heard = new Promise<void>((resolve) => {
      const end = second.container.notifications.on('control_plane', (payload) => {
        if (payload !== `account:${api.accountId}`) return;
        end();
        resolve();
      });
    });
    const query = pool.query.bind(pool) as (of: { name?: string }) => Promise<unknown>;
    const queries = t.mock.method(pool, 'query', async (of: { name?: string }) => {
      const found = await query(of);
      if (of.name !== 'api-key-by-hash') return found;
      queries.mock.restore();
      await api.delete(`/account/api_keys/${id}`);
      await heard;
      return found;
    });
    assert.equal(await statusWith(key, 'GET /account', second), 200, 'it was looked up before');
    assert.equal(await statusWith(key, 'GET /account', second), 401);
  });
});

describe('the last use', () => {
  test('is listed, and costs no process what it knows of keys', async () => {
    const api = await apiOfNewAccount(server);
    const { id, key } = await makeKey(api);
    let announcements = 0;
    const end = server.container.notifications.on('control_plane', (payload) => {
      if (payload === `account:${api.accountId}`) announcements += 1;
    });
    const lastUsed = async () =>
      (await api.get('/account/api_keys')).rows.find((row) => row.id === id)?.['last_used_at'];
    assert.equal(await lastUsed(), null);
    await statusWith(key);
    await eventually('noted', async () => (await lastUsed()) !== null);
    end();
    assert.equal(announcements, 0);
  });

  test('is written once a minute and key, however often it is used', async () => {
    const api = await apiOfNewAccount(server);
    const { pool } = server.container;
    const { key, id } = await makeKey(api);
    const version = async () => {
      const sql = 'select xmin::text as version, last_used_at as at from api_keys where id = $1';
      return (await pool.query<{ version: string; at: Date | null }>(sql, [id])).rows[0]!;
    };
    await statusWith(key);
    await eventually('noted', async () => (await version()).at !== null);
    const first = await version();
    const another = await makeKey(api);
    await Promise.all(Array.from({ length: 50 }, () => statusWith(key)));
    // What was used later is written after it.
    await statusWith(another.key);
    await eventually('another noted', async () => {
      const { rows } = await api.get('/account/api_keys');
      return rows.find((row) => row.id === another.id)?.['last_used_at'] !== null;
    });
    assert.deepEqual(await version(), first);
  });
});

for (const [whose, address, isKnown] of [
  ['the key of another', '192.0.2.2', false],
  ['a key behind it that was valid before', '192.0.2.1', true],
] as const) {
  test(`a flood of wrong keys from one address does not delay ${whose}`, async () => {
    const { apiKeys } = server.container;
    const api = await apiOfNewAccount(server);
    const apiKey = isKnown ? api.apiKey : (await makeKey(api)).key;
    apiKeys.invalidate(api.accountId);
    let answered = 0;
    const flood = Array.from({ length: 200 }, async (_, n) => {
      assert.equal(await apiKeys.authenticate(`hh_wrong_${whose}_${String(n)}`, '192.0.2.1'), null);
      answered += 1;
    });
    const caller = await apiKeys.authenticate(apiKey, address);
    const answeredBefore = answered;
    await Promise.all(flood);
    assert.ok(caller);
    assert.ok(answeredBefore < 100, `${String(answeredBefore)} wrong ones were looked up before`);
  });
}
