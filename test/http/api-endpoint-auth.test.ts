import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { configuredEndpoint } from '#test/support/configured-endpoint.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { keyPair } from '#test/support/client-certificates.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const NOWHERE = 'http://127.0.0.1:9/';
const LONG = 'a-secret-that-is-long-9876';
const MASK = { set: true, hint: '…9876' };
const [ours, other] = [keyPair('client.pem'), keyPair('other-client.pem')];

const HMAC = { type: 'hmac', header: 'X-Sig', algorithm: 'sha256', encoding: 'hex', secret: LONG };
const OAUTH = {
  type: 'oauth2_client_credentials',
  token_url: 'http://127.0.0.1:9/token',
  client_id: 'acme',
  client_secret: LONG,
  client_authentication: 'basic',
};

describe('what is answered of', () => {
  const cases: [given: Record<string, unknown>, answered: object][] = [
    [{ type: 'none' }, {}],
    [{ type: 'basic', username: 'ada', password: 'pw' }, { password: { set: true } }],
    [{ type: 'bearer', token: LONG }, { token: MASK }],
    [{ type: 'api_key', name: 'X-Key', value: LONG, in: 'header' }, { value: MASK }],
    [{ type: 'api_key', name: 'key', value: LONG, in: 'query' }, { value: MASK }],
    [HMAC, { secret: MASK }],
    [OAUTH, { client_secret: MASK }],
    [
      { type: 'mtls', certificate: ours.certificate, private_key: ours.privateKey },
      { private_key: { set: true } },
    ],
  ];
  for (const [auth, answered] of cases) {
    test(`${String(auth['type'])}: all but its secret, and that can be sent back`, async () => {
      const api = await apiOfNewAccount(server);
      const { path, saved } = await configuredEndpoint(api, NOWHERE, { auth });
      assert.deepEqual(saved['auth'], { ...auth, ...answered });
      const again = await api.patch(path, { auth: saved['auth'], description: 'Orders' });
      assert.deepEqual([again.status, again.body['auth']], [200, saved['auth']]);
      const { rows } = await server.container.pool.query<{ rules: object }>(
        'select rules from endpoints where account_id = $1',
        [api.accountId],
      );
      const secrets = Object.values(auth).filter((value) => value === LONG || value === ours.privateKey);
      for (const secret of secrets)
        assert.ok(!JSON.stringify(rows).includes(JSON.stringify(secret).slice(1, -1)));
    });
  }

  test('an endpoint without any: nothing, no headers and both signatures', async () => {
    const api = await apiOfNewAccount(server);
    const { endpoint } = await makeApp(api);
    assert.deepEqual(
      [endpoint['auth'], endpoint.headers, endpoint['signature']],
      [null, null, { hostedhooks: true, standard_webhooks: true }],
    );
  });

  test('static headers: what was set, and null takes them away', async () => {
    const api = await apiOfNewAccount(server);
    const headers = { 'X-Tenant': 'globex', 'X-Token': LONG };
    const masked = { 'X-Tenant': { set: true }, 'X-Token': MASK };
    const { path, saved } = await configuredEndpoint(api, NOWHERE, { headers });
    assert.deepEqual(saved.headers, headers);
    assert.deepEqual((await api.get(path)).body.headers, headers);
    assert.deepEqual((await api.patch(path, { headers: masked })).body.headers, headers);
    const kept = await api.patch(path, { headers: { 'X-Token': MASK } });
    assert.deepEqual(kept.body.headers, { 'X-Token': LONG });
    assert.equal((await api.patch(path, { headers: null })).body.headers, null);
    const { rows } = await server.container.pool.query<{ sealed: unknown }>(
      'select rule_secrets_encrypted as sealed from endpoints where account_id = $1',
      [api.accountId],
    );
    assert.deepEqual(rows, [{ sealed: null }]);
  });

  test('static headers: their masks to a key that may not see secrets', async () => {
    const api = await apiOfNewAccount(server);
    const headers = { 'X-Tenant': 'globex', 'X-Token': LONG };
    const { app, endpointId, path } = await configuredEndpoint(api, NOWHERE, { headers });
    const { body: key } = await api.post('/account/api_keys', { name: 'R', scopes: ['read'] });
    const reader = { authorization: `Bearer ${String(key['api_key'])}` };
    const masked = { 'X-Tenant': { set: true }, 'X-Token': MASK };
    for (const one of [path, `/apps/${app.id}/endpoints/${endpointId}`])
      assert.deepEqual((await api.get(one, reader)).body.headers, masked);
    for (const list of [path.replace(/\/[^/]+$/, ''), `/apps/${app.id}/endpoints`])
      assert.deepEqual((await api.get(list, reader)).first.headers, masked);
  });
});

test('a mask keeps the secret that is stored, also while other fields change', async () => {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { path, post } = await configuredEndpoint(api, receiver.url, {
    auth: { type: 'basic', username: 'ada', password: LONG },
  });
  await api.patch(path, { auth: { type: 'basic', username: 'bob', password: MASK } });
  await post();
  const { headers } = await receiver.nextRequest();
  assert.equal(headers.authorization, `Basic ${Buffer.from(`bob:${LONG}`).toString('base64')}`);
});

test('an endpoint is made with auth, headers and a choice of signatures, and put as it was answered', async () => {
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  const put = {
    url: NOWHERE,
    version: '1.0',
    subscription: { uid: 'globex' },
    auth: { type: 'bearer', token: LONG },
    headers: { 'X-Tenant': '7' },
    signature: { hostedhooks: false },
  };
  const { status, body } = await api.put(`/apps/${app.id}/endpoints/orders`, put);
  const answered = {
    auth: { type: 'bearer', token: MASK },
    headers: { 'X-Tenant': '7' },
    signature: { hostedhooks: false, standard_webhooks: true },
  };
  assert.equal(status, 201);
  assert.deepEqual([body['auth'], body.headers, body['signature']], Object.values(answered));
  assert.equal((await api.put(`/apps/${app.id}/endpoints/orders`, answered)).status, 200);
});

test('what cannot be meant is refused with its path', async () => {
  const api = await apiOfNewAccount(server);
  const { path } = await configuredEndpoint(api, NOWHERE, { auth: OAUTH });
  const pair = { type: 'mtls', certificate: ours.certificate, private_key: ours.privateKey };
  const wrong: [path: string, fields: object][] = [
    ['auth.type', { auth: { type: 'digest' } }],
    ['auth.token', { auth: { type: 'bearer' } }],
    ['auth.token', { auth: { type: 'bearer', token: 'a b' } }],
    ['auth.token', { auth: { type: 'bearer', token: 'a\r\nx: 1' } }],
    ['auth.token', { auth: { type: 'bearer', token: { set: true } } }],
    ['auth.colour', { auth: { type: 'none', colour: 'blue' } }],
    ['auth.username', { auth: { type: 'basic', username: 'a:b', password: 'x' } }],
    ['auth.name', { auth: { type: 'api_key', name: 'Host', value: 'x', in: 'header' } }],
    ['auth.name', { auth: { type: 'api_key', name: 'HTTP_X', value: 'x', in: 'header' } }],
    ['auth.header', { auth: { ...HMAC, header: 'webhook-signature' } }],
    ['auth.template', { auth: { ...HMAC, template: '{url}' } }],
    ['auth.value', { auth: { ...HMAC, value: 'sha256=' } }],
    ['auth.value', { auth: { ...HMAC, value: '{signature}\nx: 1' } }],
    ['auth.token_url', { auth: { ...OAUTH, token_url: 'ftp://auth.example/' } }],
    ['auth.client_secret', { auth: { ...OAUTH, token_url: 'http://127.0.0.1:8/', client_secret: MASK } }],
    ['auth.private_key', { auth: { ...pair, private_key: other.privateKey } }],
    ['auth.private_key', { auth: { ...pair, private_key: '-----BEGIN x-----' } }],
    ['auth.certificate', { auth: { ...pair, certificate: '-----BEGIN x-----' } }],
    ['headers', { headers: { 'User-Agent': 'x' } }],
    ['headers', { headers: { 'hostedhooks-attempt': '1' } }],
    ['headers', { headers: { Authorization: 'x' } }],
    ['headers', { headers: { 'x-a': '1', x_A: '2' } }],
    ['headers', { headers: { 'x-a': 'a\nb' } }],
    ['headers.x-a', { headers: { 'x-a': { set: true } } }],
    ['headers.constructor', { headers: { constructor: { set: true } } }],
    ['signature.both', { signature: { both: true } }],
  ];
  for (const [expected, fields] of wrong) {
    const { status, body, text } = await api.patch(path, fields);
    const paths = body.details.map((detail) => detail.path);
    assert.deepEqual([status, paths], [422, [expected]], `${expected}: ${text}`);
    assert.ok(!text.includes(LONG) && !text.includes('PRIVATE KEY'), text);
  }
});

test("another account's endpoint is not there, whatever is sent to it", async () => {
  const api = await apiOfNewAccount(server);
  const { path, saved } = await configuredEndpoint(api, NOWHERE, { auth: HMAC });
  const stranger = await apiOfNewAccount(server);
  assert.equal((await stranger.patch(path, { auth: saved['auth'] })).status, 404);
  assert.equal((await stranger.get(path)).status, 404);
});

test('the audit log says that secrets changed, and holds none', async () => {
  const api = await apiOfNewAccount(server);
  const { path } = await configuredEndpoint(api, NOWHERE, { auth: { type: 'bearer', token: LONG } });
  await api.patch(path, { headers: { 'X-Token': LONG } });
  await api.patch(path, { auth: { type: 'bearer', token: MASK } });
  const { text, rows } = await api.get('/account/audit_events');
  assert.ok(!text.includes(LONG));
  assert.equal(rows.filter((event) => event['action'] === 'endpoint.updated').length, 2);
});
