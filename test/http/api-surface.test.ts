import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type ApiAnswer, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { appRuleFields } from '#src/domain/outbound-rules/rules.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);
const root = `${server.url}/api/v1`;

describe('authentication', () => {
  const refused: [string, Record<string, string>][] = [
    ['no header', {}],
    ['an unknown key', { authorization: 'Bearer hh_unknown' }],
    ['another scheme', { authorization: `Basic ${api.apiKey}` }],
    ['an empty key', { authorization: 'Bearer ' }],
    ['two keys', { authorization: `Bearer ${api.apiKey} ${api.apiKey}` }],
  ];
  for (const [name, headers] of refused) {
    test(`${name}: 401, before the route or the body are read`, async () => {
      for (const path of ['/apps', '/no/such/route']) {
        const response = await fetch(root + path, { method: 'POST', headers, body: '{' });
        assert.equal(response.status, 401);
        assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
        const body = (await response.json()) as Record<string, unknown>;
        assert.equal(body['code'], 'unauthenticated');
        assert.equal(body['error'], body['message']);
      }
    });
  }

  test('the scheme is read without regard to case', async () => {
    const answer = await api.get('/apps', { authorization: `bearer ${api.apiKey}` });
    assert.equal(answer.status, 200);
  });
});

describe('CORS', () => {
  test('a preflight is answered without a key', async () => {
    const response = await fetch(`${root}/apps`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    assert.equal(response.status, 204);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const allowed = response.headers.get('access-control-allow-headers') ?? '';
    for (const name of ['Authorization', 'Content-Type', 'Idempotency-Key'])
      assert.ok(allowed.includes(name));
    const methods = response.headers.get('access-control-allow-methods') ?? '';
    for (const name of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) assert.ok(methods.includes(name));
  });

  test('allows headers of any name, as publishing forwards them; Authorization must be named beside *', async () => {
    const response = await fetch(`${root}/apps/x/publish`, { method: 'OPTIONS' });
    const allowed = (response.headers.get('access-control-allow-headers') ?? '').split(', ');
    assert.ok(allowed.includes('*') && allowed.includes('Authorization'));
    assert.equal(response.headers.get('access-control-allow-credentials'), null, 'with cookies * is a name');
  });

  test('answers, errors too, may be read by any origin', async () => {
    for (const { headers } of [await api.get('/apps'), await api.get('/apps/none')]) {
      assert.equal(headers.get('access-control-allow-origin'), '*');
      const exposed = headers.get('access-control-expose-headers') ?? '';
      for (const name of [
        'Link',
        'Retry-After',
        'Idempotent-Replayed',
        'X-Request-Id',
        'RateLimit',
        'Allow',
      ]) {
        assert.ok(exposed.split(', ').includes(name), name);
      }
    }
  });
});

describe('bodies', () => {
  const accepted = [
    'application/json',
    'application/json; charset=utf-8',
    'text/json',
    'text/plain;charset=UTF-8',
    'application/vnd.api+json',
    'Application/JSON;charset="UTF-8"',
  ];
  for (const type of accepted) {
    test(`${type} is accepted`, async () => {
      assert.equal((await api.post('/apps', { name: 'A' }, { 'content-type': type })).status, 201);
    });
  }

  test('no content type is accepted', async () => {
    const response = await fetch(`${root}/apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.apiKey}` },
      body: Buffer.from('{"name":"A"}'),
    });
    assert.equal(response.status, 201);
  });

  test('null stands for none', async () => {
    assert.equal((await api.post('/hook_helpers', 'null')).status, 201);
    const { status, body } = await api.post('/apps', 'null');
    assert.deepEqual([status, body.message], [422, 'name is required.']);
  });

  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain; charset=latin1',
    'application/octet-stream',
    'application/json; charset=latin1',
  ]) {
    test(`${type}: 415`, async () => {
      const answer = await api.post('/apps', '{"name":"A"}', { 'content-type': type });
      assert.equal(answer.status, 415);
      assert.equal(answer.body.code, 'unsupported_media_type');
    });
  }

  test('what is not JSON: 400', async () => {
    for (const body of ['{', 'name=A', '{"name":"A"}}', "{'name':1}"]) {
      const answer = await api.post('/apps', body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.code, 'bad_request');
    }
  });

  test('what is not UTF-8: 400', async () => {
    const response = await fetch(`${root}/apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': 'application/json' },
      body: Buffer.from('{"name":"\xff"}', 'latin1'),
    });
    assert.equal(response.status, 400);
  });

  test('JSON that is no object: 422', async () => {
    for (const body of ['[]', 'null', '"text"', '1']) {
      assert.equal((await api.post('/apps', body)).status, 422);
    }
  });

  test('more than 1 MB: 413, announced or not', async () => {
    const body = JSON.stringify({ name: 'A', padding: 'x'.repeat(1024 * 1024) });
    assert.equal((await api.post('/apps', body)).status, 413);
    const response = await fetch(`${root}/apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    assert.equal(response.status, 413);
  });

  test('a NUL character, which the database cannot store: 422', async () => {
    const answer = await api.post('/apps', { name: 'A\0B' });
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body.details, [{ path: 'name', message: 'must not hold a NUL character' }]);
  });

  test('a member that we do not know is named: 422', async () => {
    const answer = await api.post('/apps', '{"name":"A","colour":"blue","uuid":"a","__proto__":1}');
    assert.equal(answer.status, 422);
    assert.equal(answer.body.code, 'unknown_parameter');
    const known = [
      ...['name', 'uid', 'success_policy', 'retry_delays'],
      ...Object.keys(appRuleFields),
      ...['header_prefix', 'portal'],
    ];
    assert.deepEqual(answer.body.details, [
      {
        path: 'colour',
        message: `is unknown: there is ${known.join(', ')}`,
      },
      { path: 'uuid', message: 'is unknown; did you mean uid?' },
      {
        path: '__proto__',
        message: `is unknown: there is ${known.join(', ')}`,
      },
    ]);
  });

  test('an error names everything that is wrong', async () => {
    const { status, body } = await api.post('/apps', { name: 5, success_policy: 'some', uid: '/' });
    assert.equal(status, 422);
    assert.equal(body.error, body.message);
    assert.deepEqual(
      body.details.map(({ path }) => path),
      ['name', 'uid', 'success_policy'],
    );
    assert.match(body.message, /name must be text, not the number 5/);
  });

  test('so it does of a query, of headers, of the addresses of an endpoint, and of what a PUT lacks', async () => {
    const { app, subscription } = await makeApp(api);
    const paths = async (answer: Promise<ApiAnswer>) => {
      const { status, body } = await answer;
      assert.equal(status, 422, body.message);
      return [body.code, ...body.details.map(({ path }) => path)];
    };
    assert.deepEqual(await paths(api.get(`/apps/${app.id}/messages?stauts=x&since=y&page=z`)), [
      'unknown_parameter',
      'stauts',
      'since',
      'page',
    ]);
    const headers = { 'webhook-id': 'x', 'a b': 'y' };
    const message = { event_type: 'user.created', version: '1.0', data: 1, headers };
    assert.deepEqual(await paths(api.post(`/apps/${app.id}/messages`, message)), [
      'invalid',
      'headers',
      'headers',
    ]);
    const auth = {
      type: 'oauth2_client_credentials',
      token_url: 'ftp://x',
      client_id: 'a',
      client_secret: 'b',
    };
    const endpoint = {
      url: 'ftp://x',
      version: '1.0',
      headers: {},
      auth: { ...auth, client_authentication: 'body' },
    };
    const endpoints = `/subscriptions/${subscription.id}/endpoints`;
    assert.deepEqual(await paths(api.post(endpoints, { ...endpoint, headers })), [
      'invalid',
      'headers',
      'headers',
    ]);
    assert.deepEqual(await paths(api.post(endpoints, endpoint)), ['invalid', 'url', 'auth.token_url']);
    const put = (body: object) => paths(api.put(`/apps/${app.id}/endpoints/none`, body));
    assert.deepEqual(await put({}), ['invalid', 'url', 'version', 'subscription']);
    assert.deepEqual(await put({ url: 'ftp://x' }), ['invalid', 'version', 'subscription', 'url']);
  });
});

describe('addresses', () => {
  test('an unknown one: 404', async () => {
    const answer = await api.get('/nothing');
    assert.equal(answer.status, 404);
    assert.equal(answer.body.code, 'unknown_route');
  });

  test('a method that an address does not have: 405, with those that it has', async () => {
    const answer = await api.delete('/apps');
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST');
  });

  test('broken percent-encoding: 400', async () => {
    assert.equal((await api.get('/apps/%ff')).status, 400);
  });

  test('a webhook event by its type: 404, which says that it is addressed by its id', async () => {
    const { app } = await makeApp(api);
    const { status, body } = await api.get(`/apps/${app.id}/webhook_events/user.created`);
    assert.equal(status, 404);
    assert.match(body.message, /addressed by its id/);
  });

  test('what can be no id: 404', async () => {
    for (const id of ['%00', 'a%00b', 'not%20an%20id', '%27', 'x'.repeat(200), 'caf%C3%A9']) {
      assert.equal((await api.get(`/apps/${id}`)).status, 404, id);
      assert.equal((await api.get(`/hook_helpers/${id}`)).status, 404, id);
    }
  });

  test('every answer has a request id, of the caller when it sent one', async () => {
    assert.match((await api.get('/apps')).headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    const answer = await api.get('/apps', { 'x-request-id': 'mine-12345678' });
    assert.equal(answer.headers.get('x-request-id'), 'mine-12345678');
  });
});

describe('what published clients get wrong, and that worked', () => {
  test("Heroku's article: /app in the singular, with text/json", async () => {
    const { app } = await makeApp(api);
    const message = { event_type: 'user.created', version: '1.0', data: {} };
    const answer = await api.post(`/app/${app.id}/messages`, message, { 'content-type': 'text/json' });
    assert.equal(answer.status, 201);
    assert.equal((await api.get(`/app/${app.id}/endpoints?`)).status, 200);
  });

  test('the Node client: /apps<id> and /subscriptions<id> without a slash', async () => {
    const { app, subscription } = await makeApp(api);
    const renamed = await api.patch(`/apps${app.id}`, { name: 'Renamed' });
    assert.equal(renamed.status, 200);
    assert.equal(renamed.body.name, 'Renamed');
    const found = await api.get(`/subscriptions${subscription.id}`);
    assert.equal(found.body.id, subscription.id);
  });

  test('the Ruby client: a question mark always, and parameters without a value', async () => {
    assert.equal((await api.get('/apps?')).status, 200);
    assert.equal((await api.get('/apps?page=&per_page=&offset=')).status, 200);
  });
});
