import assert from 'node:assert/strict';
import { after, describe, mock, test } from 'node:test';
import pg from 'pg';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { endpointRuleFields, showRules } from '#src/domain/outbound-rules/rules.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);

const url = 'https://hooks.example/in';
const typesOf = (body: { webhook_events: { event_type: string }[] }) =>
  body.webhook_events.map(({ event_type }) => event_type);

describe('endpoints', () => {
  test('are made, read at three addresses, changed and deleted', async () => {
    const { app, subscription } = await makeApp(api);
    const path = `/subscriptions/${subscription.id}/endpoints`;
    const made = await api.post(path, { url, version: '1.0', description: 'Mine', status: 'active' });
    assert.equal(made.status, 201);
    const { id, created_at, webhook_events, subscription: nested, ...rest } = made.body;
    assert.match(created_at, /Z$/);
    assert.deepEqual(Object.keys(webhook_events[0] ?? {}), ['id', 'event_type', 'created_at']);
    assert.deepEqual([nested.id, nested.subscriber_name], [subscription.id, 'Customer']);
    assert.deepEqual(rest, {
      uid: null,
      url,
      description: 'Mine',
      version: '1.0',
      status: 'active',
      inactive_reason: null,
      inactive_since: null,
      failing_since: null,
      next_probe_at: null,
      paused_at: null,
      url_since: null,
      secret_since: null,
      rules_since: null,
      error_rate: 0,
      enabled_events: '*',
      retry_delays: null,
      ...showRules(endpointRuleFields, {}),
      transformation_id: null,
    });
    assert.deepEqual((await api.get(`${path}/${id}`)).body, made.body);
    assert.deepEqual((await api.get(`/apps/${app.id}/endpoints/${id}`)).body, made.body);
    assert.deepEqual((await api.get(path)).first, made.body);
    assert.deepEqual((await api.get(`/apps/${app.id}/endpoints`)).first, made.body);

    const changed = await api.patch(`${path}/${id}`, { status: 'inactive', version: '2.0', uid: 'mine' });
    assert.equal(changed.status, 200);
    assert.deepEqual([changed.body.status, changed.body.version, changed.body.url], ['inactive', '2.0', url]);
    assert.equal((await api.get(`/apps/${app.id}/endpoints/mine`)).body.id, id);
    assert.equal((await api.delete(`${path}/${id}`)).status, 204);
    assert.equal((await api.get(`${path}/${id}`)).status, 404);
  });

  test('receive all events, or those that they name', async () => {
    const { app, subscription } = await makeApp(api);
    const path = `/subscriptions/${subscription.id}/endpoints`;
    await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'user.deleted' });

    const all = await api.post(path, { url, version: '1.0', enabled_events: '*' });
    assert.deepEqual(typesOf(all.body).sort(), ['user.created', 'user.deleted']);
    const one = await api.post(path, { url, version: '1.0', enabled_events: ['user.deleted'] });
    assert.deepEqual(one.body.enabled_events, ['user.deleted']);
    assert.deepEqual(typesOf(one.body), ['user.deleted']);
    const none = await api.patch(`${path}/${one.body.id}`, { enabled_events: [] });
    assert.deepEqual([none.body.enabled_events, none.body.webhook_events], [[], []]);
    const again = await api.patch(`${path}/${one.body.id}`, { enabled_events: ['*'] });
    assert.equal(again.body.enabled_events, '*');
  });

  test('refuse what would silently go wrong', async () => {
    const { subscription } = await makeApp(api);
    const path = `/subscriptions/${subscription.id}/endpoints`;
    const wrong: [object, RegExp][] = [
      [{ url }, /version is required/],
      [{ version: '1.0' }, /url is required/],
      [{ url, version: 1 }, /version must be text, not the number 1/],
      [{ url, version: '1.0', enabled_events: 'user.created' }, /enabled_events must be a list/],
      [{ url, version: '1.0', enabled_events: ['no.such'] }, /no\.such/],
      [{ url, version: '1.0', enable_events: ['user.created'] }, /did you mean enabled_events/],
      [{ url, version: '1.0', status: 'off' }, /status must be "active" or "inactive"/],
      [{ url: 'ftp://hooks.example', version: '1.0' }, /url/i],
      [{ url: 'hooks', version: '1.0' }, /url/i],
      [{ url: 'https://hooks.example/\0', version: '1.0' }, /NUL/],
      [{ url: `https://hooks.example/${'x'.repeat(2048)}`, version: '1.0' }, /at most 2048/],
      [{ url, version: '1.0', retry_delays: [-1] }, /retry_delays/],
    ];
    for (const [body, message] of wrong) {
      const answer = await api.post(path, body);
      assert.equal(answer.status, 422, JSON.stringify(body));
      assert.match(answer.body.message, message);
      assert.ok(answer.body.details.length > 0);
    }
  });

  test('show their signing secret in both spellings, and nowhere else', async () => {
    const { subscription, endpoint } = await makeApp(api);
    const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    const { status, body } = await api.get(`${path}/secret`);
    assert.equal(status, 200);
    assert.match(body.secret, /^[0-9a-f]{64}$/);
    assert.equal(body.standard_webhooks_secret, `whsec_${Buffer.from(body.secret).toString('base64')}`);
    assert.deepEqual(body.previous, []);
    assert.ok(!(await api.get(path)).text.includes(body.secret));
  });
});

test('an endpoint is made, changed and listed without reading schemas and samples of events, which are large', async () => {
  const api = await apiOfNewAccount(server);
  const { subscription } = await makeApp(api);
  const path = `/subscriptions/${subscription.id}/endpoints`;
  const statements: string[] = [];
  const { query } = pg.Client.prototype;
  const spy = mock.method(pg.Client.prototype, 'query', function (this: pg.Client, ...given: unknown[]) {
    const [first] = given as [string | { text?: string }];
    statements.push(typeof first === 'string' ? first : (first.text ?? ''));
    return Reflect.apply(query, this, given) as unknown;
  });
  try {
    for (const enabled_events of ['*', ['user.created'], ['user.*']]) {
      const { body } = await api.post(path, {
        url: 'https://receiver.example',
        version: '1.0',
        enabled_events,
      });
      assert.deepEqual(body.webhook_events.length, 1);
      await api.patch(`${path}/${body.id}`, { enabled_events: ['user.created'] });
    }
    await api.get(path);
  } finally {
    spy.mock.restore();
  }
  assert.ok(statements.some((text) => text.includes('webhook_events')));
  assert.deepEqual(
    statements.filter((text) => /\bschema\b|sample_payload/.test(text) && text.includes('webhook_events')),
    [],
  );
});

describe('PUT of an endpoint by uid', () => {
  test('makes the subscription and the endpoint in one call, then changes them', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/endpoints/customer-7`;
    const body = { url, version: '1.0', subscription: { uid: 'c7', name: 'Customer 7' } };
    const made = await api.put(path, body);
    assert.equal(made.status, 201);
    assert.equal(made.body.uid, 'customer-7');
    assert.deepEqual([made.body.subscription.uid, made.body.subscription.name], ['c7', 'Customer 7']);

    const same = await api.put(path, body);
    assert.equal(same.status, 200);
    assert.deepEqual(same.body, made.body);
    const changed = await api.put(path, { version: '2.0' });
    assert.deepEqual([changed.status, changed.body.version, changed.body.url], [200, '2.0', url]);
    assert.equal((await api.get(`/subscriptions/c7/endpoints/customer-7`)).body.id, made.body.id);
  });

  test('under another uid than its own is refused, however often it comes: 409', async () => {
    const { app } = await makeApp(api);
    const put = () =>
      api.put(`/apps/${app.id}/endpoints/mine`, {
        url: 'https://hooks.example/',
        version: '1.0',
        uid: 'another',
        subscription: { uid: 'globex' },
      });
    const answers = [await put(), await put(), await put()];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [409, 409, 409],
    );
    assert.deepEqual((await api.get(`/apps/${app.id}/endpoints`)).rows.length, 1);
  });

  test('ten at once make one', async () => {
    const { app } = await makeApp(api);
    const body = { url, version: '1.0', subscription: { uid: 'c8' } };
    const puts = Array.from({ length: 10 }, () => api.put(`/apps/${app.id}/endpoints/e8`, body));
    const answers = await Promise.all(puts);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(9).fill(200), 201]);
    assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
  });

  test('says what it lacks to make one, and leaves nothing behind', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/endpoints/none`;
    const subscription = { uid: 'c9' };
    const client = { client_id: 'a', client_secret: 'b', client_authentication: 'body' };
    const auth = { type: 'oauth2_client_credentials', token_url: 'ftp://x', ...client };
    const whole = { url, version: '1', subscription };
    for (const body of [
      { version: '1' },
      { url, version: '1' },
      { ...whole, url: 'x' },
      { ...whole, auth },
    ]) {
      assert.equal((await api.put(path, body)).status, 422);
    }
    assert.equal((await api.get('/subscriptions/c9')).status, 404);
  });

  test('does not move it to another subscription: 409', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/endpoints/fixed`;
    await api.put(path, { url, version: '1.0', subscription: { uid: 'first' } });
    const answer = await api.put(path, { url, version: '1.0', subscription: { uid: 'second' } });
    assert.equal(answer.status, 409);
  });
});
