import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const SAME = 'addHandler("transform", (request) => request);';
const UNKNOWN = '0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f';

async function make(api: Api, appId: string, fields: object = {}) {
  const { status, body } = await api.post(`/apps/${appId}/transformations`, {
    name: 'Flatten',
    code: SAME,
    ...fields,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

const pathsOf = ({ body }: { body: { details: { path: string }[] } }) => body.details.map(({ path }) => path);

describe('the transformations of an app', () => {
  test('are made, listed, changed and deleted', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const made = await make(api, app.id);
    const path = `/apps/${app.id}/transformations/${made.id}`;
    assert.deepEqual([made.name, made.code, made['version']], ['Flatten', SAME, 1]);
    assert.deepEqual((await api.get(path)).body, made);
    assert.deepEqual((await api.get(`/apps/${app.id}/transformations`)).rows, [made]);

    assert.equal((await api.patch(path, { name: 'Flat' })).body['version'], 1);
    const changed = (await api.patch(path, { code: `${SAME}\n` })).body;
    assert.deepEqual([changed.name, changed['version']], ['Flat', 2]);
    assert.equal((await api.delete(path)).status, 204);
    assert.equal((await api.get(path)).status, 404);

    const { rows } = await api.get('/account/audit_events');
    const actions = rows
      .map((row) => String(row['action']))
      .filter((action) => action.startsWith('transformation.'));
    assert.deepEqual(actions, [
      'transformation.deleted',
      'transformation.updated',
      'transformation.updated',
      'transformation.created',
    ]);
  });

  test('code that cannot be used is refused when it is saved, with its place', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const post = (code: string) => api.post(`/apps/${app.id}/transformations`, { name: 'Wrong', code });
    const unparsed = await post('addHandler("transform", (request) => {\n  return request +;\n});');
    assert.equal(unparsed.status, 422);
    assert.match(unparsed.body.message, /line 2, column \d+/);
    assert.deepEqual(pathsOf(unparsed), ['code']);
    for (const code of ['1 + 1', 'throw new Error("at once")', 'for (;;);']) {
      const { status, body } = await post(code);
      assert.deepEqual([status, pathsOf({ body })], [422, ['code']], code);
    }
    const { id } = await make(api, app.id);
    assert.equal(
      (await api.patch(`/apps/${app.id}/transformations/${id}`, { code: 'no handler' })).status,
      422,
    );
  });

  test('unknown members and a name that is taken are refused', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    await make(api, app.id);
    const path = `/apps/${app.id}/transformations`;
    assert.equal((await api.post(path, { name: 'Other', code: SAME, env: {} })).status, 422);
    assert.equal((await api.post(path, { name: 'Flatten', code: SAME })).status, 409);
    const { id } = await make(api, app.id, { name: 'Other' });
    assert.equal((await api.patch(`${path}/${id}`, { name: 'Flatten' })).status, 409);
  });

  test('one that endpoints use is not deleted, and the refusal names them; an app goes with both', async () => {
    const api = await apiOfNewAccount(server);
    const { app, subscription, endpoint } = await makeApp(api);
    const { id } = await make(api, app.id);
    const ofEndpoint = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    assert.equal(endpoint['transformation_id'], null);
    assert.equal((await api.patch(ofEndpoint, { transformation_id: id })).body['transformation_id'], id);

    const refused = await api.delete(`/apps/${app.id}/transformations/${id}`);
    assert.deepEqual([refused.status, refused.body.code], [409, 'transformation_in_use']);
    assert.ok(refused.body.message.includes(endpoint.id));

    await api.patch(ofEndpoint, { transformation_id: null });
    assert.equal((await api.delete(`/apps/${app.id}/transformations/${id}`)).status, 204);
    const other = await make(api, app.id);
    await api.patch(ofEndpoint, { transformation_id: other.id });
    assert.equal((await api.delete(`/apps/${app.id}`)).status, 204);
  });

  test('of another app or account are none', async () => {
    const [api, stranger] = [await apiOfNewAccount(server), await apiOfNewAccount(server)];
    const { app } = await makeApp(api);
    const { id } = await make(api, app.id);
    const second = await makeApp(api);
    const theirs = await makeApp(stranger);
    const use = { transformation_id: id };
    for (const [caller, { app: other, subscription, endpoint }] of [
      [api, second],
      [stranger, theirs],
    ] as const) {
      const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
      assert.deepEqual(pathsOf(await caller.patch(path, use)), ['transformation_id']);
      const posted = { url: endpoint.url, version: '1.0', ...use };
      assert.deepEqual(pathsOf(await caller.post(`/subscriptions/${subscription.id}/endpoints`, posted)), [
        'transformation_id',
      ]);
      const one = `/apps/${other.id}/transformations/${id}`;
      assert.equal((await caller.get(one)).status, 404);
      assert.equal((await caller.patch(one, { name: 'Mine' })).status, 404);
      assert.equal((await caller.delete(one)).status, 404);
      assert.equal((await caller.get(`${one}/executions`)).status, 404);
      const run = { ...use, request: { body: {} } };
      assert.equal((await caller.post(`/apps/${other.id}/transformations/run`, run)).status, 404);
    }
    assert.equal((await stranger.get(`/apps/${app.id}/transformations/${id}`)).status, 404);
  });
});

describe('a dry run', () => {
  const CODE = `addHandler('transform', (request, context) => {
    console.info('of', context.app.name);
    request.headers['x-kind'] = request.event_type;
    request.body = request.body.data ?? request.body;
    return request;
  });`;

  test('answers the request that would be sent, and what was printed', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const run = { code: CODE, request: { body: { data: { id: 1 } }, event_type: 'user.created' } };
    const { status, body } = await api.post(`/apps/${app.id}/transformations/run`, run);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      request: {
        headers: { 'x-kind': 'user.created', 'content-type': 'application/json' },
        body: { id: 1 },
        event_type: 'user.created',
        version: '1.0',
        id: '00000000-0000-0000-0000-000000000000',
      },
      console: [{ level: 'info', text: `of ${app.name}` }],
      error: null,
    });
  });

  test('runs a saved one on a message of the past, whose bytes stay if they are not changed', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const { id } = await make(api, app.id);
    const posted = '{"event_type":"user.created","version":"1.0","data":{"price":1.0,"id":9007199254740993}}';
    const { body: message } = await api.post(`/apps/${app.id}/messages`, posted);
    const run = { transformation_id: id, message_id: message.id };
    const { text, body } = await api.post(`/apps/${app.id}/transformations/run`, run);
    assert.ok(text.includes('"data":{"price":1.0,"id":9007199254740993}'), text);
    assert.equal(body.error, null);
  });

  test('tells an error with its place, and null as no request', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const run = (code: string) =>
      api.post(`/apps/${app.id}/transformations/run`, { code, request: { body: {} } });
    const { body: failed } = await run('addHandler("transform", (request) => {\n  request.a.b();\n});');
    assert.equal(failed['request'], null);
    assert.match(failed.error, /TypeError.*line 2/);
    const { body: dropped } = await run('addHandler("transform", () => null)');
    assert.deepEqual([dropped['request'], dropped.error], [null, null]);
    const ours = await run('addHandler("transform", (r) => ({ ...r, headers: { "Webhook-Id": "mine" } }))');
    assert.match(ours.body.error, /which we set ourselves/);
  });

  test('needs one piece of code and one request', async () => {
    const api = await apiOfNewAccount(server);
    const { app } = await makeApp(api);
    const run = (input: object) => api.post(`/apps/${app.id}/transformations/run`, input);
    assert.deepEqual(pathsOf(await run({ request: { body: {} } })), ['code']);
    assert.deepEqual(pathsOf(await run({ code: SAME })), ['request']);
    assert.deepEqual(pathsOf(await run({ code: SAME, request: {} })), ['request.body']);
    assert.equal((await run({ code: SAME, request: { body: {}, query: '' } })).status, 422);
    assert.equal((await run({ code: SAME, message_id: UNKNOWN })).status, 404);
  });
});
