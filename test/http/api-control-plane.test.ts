import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Thing, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { appRuleFields, showRules } from '#src/domain/outbound-rules/rules.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('apps', () => {
  test('are made, read, changed and deleted', async () => {
    const made = await api.post('/apps', { name: 'Shop', uid: 'shop', retry_delays: [1, 2.5] });
    assert.equal(made.status, 201);
    const { id, created_at, ...rest } = made.body;
    assert.match(id, UUID);
    assert.match(created_at, TIME);
    assert.deepEqual(rest, {
      uid: 'shop',
      name: 'Shop',
      success_policy: 'any_2xx',
      retry_delays: [1, 2.5],
      ...showRules(appRuleFields, {}),
      header_prefix: null,
      portal: {
        frame_origins: [],
        name: null,
        logo_url: null,
        accent: null,
        return_url: null,
        payloads: 'full',
        strings: { heading: null, introduction: null, support: null },
      },
    });
    assert.deepEqual((await api.get('/apps/shop')).body, made.body);
    assert.deepEqual((await api.get(`/apps/${made.body.id}`)).body, made.body);
    assert.deepEqual((await api.get(`/apps/${made.body.id.toUpperCase()}`)).body, made.body);

    const changed = await api.put('/apps/shop', { success_policy: 'only_200', header_prefix: 'Shop' });
    assert.equal(changed.status, 200);
    assert.equal(changed.body.name, 'Shop');
    assert.equal(changed.body.success_policy, 'only_200');
    const cleared = await api.patch('/apps/shop', { uid: null, retry_delays: null, header_prefix: null });
    assert.deepEqual([cleared.body.uid, cleared.body.retry_delays], [null, null]);

    await api.patch(`/apps/${made.body.id}`, { portal: { accent: '#7c3aed', payloads: 'none' } });
    const { body } = await api.patch(`/apps/${made.body.id}`, {
      portal: { payloads: 'redacted', name: 'Shop' },
    });
    const { accent, payloads, name } = body['portal'] as Record<string, unknown>;
    assert.deepEqual([accent, payloads, name], ['#7c3aed', 'redacted', 'Shop']);

    const gone = await api.delete(`/apps/${made.body.id}`);
    assert.deepEqual([gone.status, gone.text], [204, '']);
    assert.equal((await api.get(`/apps/${made.body.id}`)).status, 404);
    assert.equal((await api.delete(`/apps/${made.body.id}`)).status, 404);
  });

  test('take their subscriptions, events and endpoints with them', async () => {
    const { app, subscription, endpoint } = await makeApp(api);
    assert.equal((await api.delete(`/apps/${app.id}`)).status, 204);
    for (const path of [
      `/apps/${app.id}/endpoints/${endpoint.id}`,
      `/subscriptions/${subscription.id}`,
      `/subscriptions/${subscription.id}/endpoints`,
    ]) {
      assert.equal((await api.get(path)).status, 404);
    }
  });

  test('have a uid only once: 409', async () => {
    await api.post('/apps', { name: 'A', uid: 'once' });
    const answer = await api.post('/apps', { name: 'B', uid: 'once' });
    assert.equal(answer.status, 409);
    assert.equal(answer.body.code, 'conflict');
  });

  test('need a name', async () => {
    for (const body of [{}, { name: '' }, { name: ' ' }, { name: null }, { name: 'x'.repeat(256) }]) {
      assert.equal((await api.post('/apps', body)).status, 422);
    }
    assert.match((await api.post('/apps', {})).body.message, /name is required/);
  });
});

describe('webhook events', () => {
  test('are made, read, changed and deleted', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/webhook_events`;
    const input = {
      event_type: 'payment:updated',
      description: 'Money moved',
      sample_payload: { amount: [1, null] },
      schema: { type: 'object' },
    };
    const made = await api.post(path, input);
    assert.equal(made.status, 201);
    const { id, created_at, app: nested, ...rest } = made.body;
    assert.match(id, UUID);
    assert.match(created_at, TIME);
    assert.equal(nested.id, app.id);
    assert.deepEqual(rest, { ...input, enforce: false, broadcast: true, versions: [] });
    assert.deepEqual((await api.get(`${path}/${id}`)).body, made.body);
    assert.deepEqual((await api.get(path)).first, made.body);

    const changed = await api.patch(`${path}/${id}`, { sample_payload: 'any JSON', schema: null });
    assert.deepEqual([changed.body.sample_payload, changed.body.schema], ['any JSON', null]);
    assert.equal((await api.patch(`${path}/${id}`, { sample_payload: null })).status, 200);
    assert.equal((await api.delete(`${path}/${id}`)).status, 204);
    assert.equal((await api.get(`${path}/${id}`)).status, 404);
  });

  test('keep a sample payload as it was spelled', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/webhook_events`;
    const sample = '{ "total": 1.0,  "big": 12345678901234567890, "e": 1E2, "a": 1, "a": "\\u0000\\u00e9" }';
    const made = await api.post(path, `{"event_type":"spelled","s\\u0061mple_payload": ${sample} }`);
    assert.equal(made.status, 201);
    const shows = (text: string, spelling: string) => text.includes(`"sample_payload":${spelling},`);
    assert.ok(shows(made.text, sample), made.text);
    const changed = await api.patch(`${path}/${made.body.id}`, { description: 'Spelled' });
    assert.ok(shows(changed.text, sample), changed.text);
    assert.ok(shows((await api.get(`${path}/${made.body.id}`)).text, sample));
    assert.ok(shows((await api.get(path)).text, sample));
    const patched = await api.patch(`${path}/${made.body.id}`, '{"sample_payload":[1.50]}');
    assert.ok(shows(patched.text, '[1.50]'), patched.text);
  });

  test('have a type only once in an app: 409', async () => {
    const { app } = await makeApp(api);
    const answer = await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'user.created' });
    assert.equal(answer.status, 409);
  });

  test('have types without spaces and samples that are not endless', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/webhook_events`;
    const deep = `{"event_type":"deep","sample_payload":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const large = { event_type: 'large', sample_payload: 'x'.repeat(70_000) };
    for (const body of [{}, { event_type: 'a b' }, { event_type: '' }, { event_type: 'x'.repeat(256) }]) {
      assert.equal((await api.post(path, body)).status, 422);
    }
    for (const body of [deep, large]) assert.equal((await api.post(path, body)).status, 422);
  });
});

describe('subscriptions', () => {
  test('may have an address to write to, which is one', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/subscriptions`;
    const made = await api.post(path, { name: 'Ada', email: 'ada@example.com' });
    assert.equal(made.body['email'], 'ada@example.com');
    const refused = await api.patch(`/subscriptions/${made.body.id}`, { email: 'ada at example' });
    assert.deepEqual([refused.status, refused.body.details[0]?.path], [422, 'email']);
    const cleared = await api.patch(`/subscriptions/${made.body.id}`, { email: null });
    assert.equal(cleared.body['email'], null);
    assert.equal((await api.post(path, { name: 'Bob' })).body['email'], null);
  });

  test('are written by name and read by subscriber_name', async () => {
    const { app } = await makeApp(api);
    const made = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Ada', uid: 'user-1' });
    assert.equal(made.status, 201);
    assert.equal(made.body.subscriber_name, 'Ada');
    assert.match(made.body.created_at, TIME);
    assert.equal(made.body.app.id, app.id);
    assert.equal(made.body.app.name, 'Acme');
    assert.deepEqual((await api.get(`/subscriptions/${made.body.id}`)).body, made.body);
    assert.deepEqual((await api.get('/subscriptions/user-1')).body, made.body);
    assert.deepEqual((await api.get(`/apps/${app.id}/subscriptions`)).first, made.body);

    const other = await api.post(`/apps/${app.id}/subscriptions`, { subscriber_name: 'Bob' });
    assert.equal(other.body.subscriber_name, 'Bob');
    const changed = await api.patch(`/subscriptions/${made.body.id}`, { subscriber_name: 'Ada L.' });
    assert.equal(changed.body.subscriber_name, 'Ada L.');
    assert.equal((await api.delete(`/subscriptions/${made.body.id}`)).status, 204);
    assert.equal((await api.get(`/subscriptions/${made.body.id}`)).status, 404);
  });

  test('have one name: two that differ are refused, because one of them would be ignored', async () => {
    const { app, subscription } = await makeApp(api);
    const path = `/apps/${app.id}/subscriptions`;
    for (const send of [
      (body: object) => api.post(path, body),
      (body: object) => api.patch(`/subscriptions/${subscription.id}`, body),
      (body: object) => api.put(`${path}/eve`, body),
    ]) {
      const { status, body } = await send({ name: 'Eve', subscriber_name: 'Mallory' });
      assert.equal(status, 422);
      assert.match(body.message, /^subscriber_name must be the same as name/);
      assert.equal((await send({ name: 'Eve', subscriber_name: 'Eve' })).body.name, 'Eve');
    }
  });

  test('PUT by uid makes once and changes after, also when ten come at once', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/subscriptions/tenant-1`;
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.put(path, { name: 'T' })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(9).fill(200), 201]);
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    assert.equal((await api.put(path, { name: 'Tenant' })).body.subscriber_name, 'Tenant');
    assert.equal((await api.put(path, {})).body.subscriber_name, 'Tenant');
  });

  test('PUT does not change the uid that it is addressed by, or twice would not be the same as once: 409', async () => {
    const { body: app } = await api.post('/apps', { name: 'Acme' });
    const path = `/apps/${app.id}/subscriptions`;
    const put = (at: string, uid: string | null) => api.put(`${path}/${at}`, { name: 'Globex', uid });
    assert.equal((await put('globex', 'another')).status, 409);
    const made = await put('globex', 'globex');
    assert.deepEqual([made.status, made.body.uid], [201, 'globex']);
    for (const uid of ['another', null]) assert.equal((await put('globex', uid)).status, 409);
    for (let count = 0; count < 2; count += 1) {
      const byId = await put(made.body.id, 'another');
      assert.deepEqual([byId.status, byId.body.uid, byId.body.id], [200, 'another', made.body.id]);
    }
    assert.equal((await api.get(path)).rows.length, 1);
  });

  test('a uid that two apps use is ambiguous without the app: 409', async () => {
    for (const { app } of [await makeApp(api), await makeApp(api)]) {
      await api.put(`/apps/${app.id}/subscriptions/shared`, {});
    }
    assert.equal((await api.get('/subscriptions/shared')).status, 409);
  });
});

describe('hook helpers', () => {
  test('are made, linked to an endpoint, and deleted', async () => {
    const { endpoint } = await makeApp(api);
    const made = await api.post('/hook_helpers', { label: 'Bin' });
    assert.equal(made.status, 201);
    assert.equal(made.body.label, 'Bin');
    assert.ok(made.body.url.startsWith(`${server.url}/r/`));
    assert.equal(made.body.endpoint_id, null);
    assert.deepEqual((await api.get(`/hook_helpers/${made.body.id}`)).body, made.body);
    assert.deepEqual((await api.get('/hook_helpers')).first, made.body);

    const linked = await api.patch(`/hook_helpers/${made.body.id}`, { endpoint_id: endpoint.id, label: 'B' });
    assert.deepEqual([linked.body.endpoint_id, linked.body.label], [endpoint.id, 'B']);
    assert.equal((await api.patch(`/hook_helpers/${made.body.id}`, { endpoint_id: 'x' })).status, 422);
    assert.equal((await api.delete(`/hook_helpers/${made.body.id}`)).status, 204);
    assert.equal((await api.get(`/hook_helpers/${made.body.id}`)).status, 404);
  });

  test('show what arrives at their public address', async () => {
    const { body: helper } = await api.post('/hook_helpers', {});
    await fetch(`${helper.url}/deep?x=1`, { method: 'PUT', body: 'first', headers: { 'x-test': 'yes' } });
    await fetch(helper.url, { method: 'POST', body: Buffer.from([0xff, 0x00]) });
    const { rows } = await api.get(`/hook_helpers/${helper.id}/requests`);
    const [second, first] = rows as [Thing, Thing];
    assert.deepEqual(
      [second, first].map((request) => [request['method'], request['body_encoding']]),
      [
        ['POST', 'base64'],
        ['PUT', 'utf8'],
      ],
    );
    assert.equal(first['body'], 'first');
    assert.equal(first['path'], '/deep?x=1');
    assert.equal(first.headers['x-test'], 'yes');
    assert.equal(second['body'], '/wA=');

    const page = await api.get(`/hook_helpers/${helper.id}/requests?per_page=1`);
    assert.match(page.headers.get('link') ?? '', /rel="next"/);
  });
});

test('the account: plan, limits and usage', async () => {
  const { status, body } = await api.get('/account');
  assert.equal(status, 200);
  assert.equal(body.id, api.accountId);
  assert.equal(body.plan, 'scale');
  assert.equal(body.limits.messages_per_month, 25_000_000);
  assert.ok(body.usage.endpoints > 0);
});
