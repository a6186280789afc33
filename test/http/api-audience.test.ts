import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Api, type ApiAnswer, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());

const MESSAGE = { event_type: 'user.created', version: '1.0', data: 1 };

/** An app with three subscribers, of which one has two endpoints. */
async function makeWorld() {
  const api = await apiOfNewAccount(server);
  const { app, event, endpoint } = await makeApp(api);
  for (const [uid, owner] of Object.entries({ one: 'globex', two: 'globex', three: 'initech' })) {
    await api.put(`/apps/${app.id}/endpoints/${uid}`, {
      url: `https://${uid}.example/`,
      version: '1.0',
      subscription: { uid: owner, name: owner.toUpperCase() },
    });
  }
  const path = `/apps/${app.id}/messages`;
  return { api, app, event, endpoint, path, count: async () => (await api.get(path)).rows.length };
}

interface Group {
  total: number;
  first: { id: string; uid: string | null; name?: string; url?: string }[];
}

function assertRefused({ status, body }: ApiAnswer, path: string, totals: [number, number]): void {
  assert.deepEqual([status, body.code, body.details[0]?.path], [422, 'audience', path]);
  const { subscriptions, endpoints } = body['audience'] as { subscriptions: Group; endpoints: Group };
  assert.deepEqual([subscriptions.total, endpoints.total], totals);
  assert.ok(subscriptions.first.some(({ uid, name }) => uid === 'globex' && name === 'GLOBEX'));
  assert.ok(endpoints.first.some(({ uid, url }) => uid === 'two' && url === 'https://two.example/'));
  assert.match(body.message, /GLOBEX \(globex\)/);
}

describe('a message with `expect`', () => {
  test('is taken when it goes to as many, and refused with who they are when it does not: 422', async () => {
    const { api, path, count } = await makeWorld();
    const post = (expect: object) => api.post(path, { ...MESSAGE, expect });
    const met = [{ subscriptions: 3 }, { endpoints: 4 }, { subscriptions: 3, endpoints: { max: 4 } }];
    for (const expect of met) assert.equal((await post(expect)).status, 201);
    assertRefused(await post({ subscriptions: 1 }), 'expect.subscriptions', [3, 4]);
    assertRefused(await post({ endpoints: 5 }), 'expect.endpoints', [3, 4]);
    assertRefused(await post({ subscriptions: 3, endpoints: { max: 3 } }), 'expect.endpoints', [3, 4]);
    assert.equal(await count(), met.length);
  });

  test('counts what it goes to by its address, version and event, and what is held', async () => {
    const { api, app, endpoint } = await makeWorld();
    const of = `/apps/${app.id}/subscriptions/globex`;
    const expect = { subscriptions: 1, endpoints: 2 };
    assert.equal((await api.post(`${of}/messages`, { ...MESSAGE, expect })).status, 201);
    await api.patch(`${of}/endpoints/one`, { version: '2.0' });
    assert.equal((await api.post(`${of}/messages`, { ...MESSAGE, expect })).status, 422);
    const nobody = { ...MESSAGE, version: '9.9', expect: { endpoints: 0 } };
    assert.equal((await api.post(`/apps/${app.id}/messages`, nobody)).status, 201);
    await server.container.pool.query(
      `update endpoints set status = 'inactive', inactive_reason = 'gone', inactive_since = now() where id = $1`,
      [endpoint.id],
    );
    const held = { ...MESSAGE, expect: { endpoints: 3 } };
    assert.equal((await api.post(`/apps/${app.id}/messages`, held)).status, 201);
  });

  test('is routed by the endpoints of that moment, also right after one is made', async () => {
    const { api, app, path } = await makeWorld();
    for (let endpoints = 4; endpoints < 10; endpoints += 1) {
      assert.equal((await api.post(path, { ...MESSAGE, expect: { endpoints } })).status, 201);
      await api.put(`/apps/${app.id}/endpoints/more-${String(endpoints)}`, {
        url: 'https://more.example/',
        version: '1.0',
        subscription: { uid: 'globex' },
      });
    }
  });

  test('is asked of explain, of a body that is published as it is, and of each of a batch, of which none is taken', async () => {
    const { api, app, path, count } = await makeWorld();
    const unmet = { ...MESSAGE, expect: { endpoints: 1 } };
    const { data: _data, ...explained } = unmet;
    assertRefused(await api.post(`${path}/explain`, explained), 'expect.endpoints', [3, 4]);
    assert.equal(
      (await api.post(`${path}/explain`, { ...explained, expect: { endpoints: 4 } })).rows.length,
      4,
    );

    const batch = [MESSAGE, { ...MESSAGE, expect: { endpoints: 4 } }, unmet];
    assertRefused(await api.post(`${path}/batch`, batch), 'messages.2.expect.endpoints', [3, 4]);

    const publish = (query: string) =>
      api.post(`/apps/${app.id}/publish?event_type=user.created&version=1.0&${query}`, 'text');
    assertRefused(await publish('expect_endpoints=1'), 'expect.endpoints', [3, 4]);
    assertRefused(await publish('expect_subscriptions=max:2'), 'expect.subscriptions', [3, 4]);
    assert.equal(await count(), 0);
    assert.equal((await publish('expect_endpoints=4&expect_subscriptions=max:3')).status, 201);
    assert.equal((await api.post(`${path}/batch`, batch.slice(0, 2))).status, 201);
  });

  test('says what it expects in numbers, or is refused: 422', async () => {
    const { api, path } = await makeWorld();
    const wrong = [{}, { endpoints: -1 }, { endpoints: '1' }, { endpoints: { min: 1 } }, { endpoint: 1 }, 1];
    for (const expect of wrong) {
      const { status, body } = await api.post(path, { ...MESSAGE, expect });
      assert.equal(status, 422, JSON.stringify(expect));
      assert.match(body.details[0]?.path ?? '', /^expect/);
    }
    assert.equal((await api.post(path, { ...MESSAGE, expect: null })).status, 201);
  });

  test('names at most 20 of those who would have got it', async () => {
    const { api, app, path } = await makeWorld();
    for (let index = 0; index < 20; index += 1) {
      await api.put(`/apps/${app.id}/endpoints/more-${String(index)}`, {
        url: 'https://more.example/',
        version: '1.0',
        subscription: { uid: `more-${String(index)}` },
      });
    }
    const { body } = await api.post(path, { ...MESSAGE, expect: { endpoints: 1 } });
    const { subscriptions, endpoints } = body['audience'] as { subscriptions: Group; endpoints: Group };
    assert.deepEqual([subscriptions.total, subscriptions.first.length], [23, 20]);
    assert.deepEqual([endpoints.total, endpoints.first.length], [24, 20]);
  });
});

describe('an event that is not broadcast', () => {
  test('is taken by subscriptions and endpoints alone', async () => {
    const { api, app, event, path } = await makeWorld();
    assert.equal(event['broadcast'], true);
    assert.equal((await api.post(path, MESSAGE)).status, 201);
    const changed = await api.patch(`/apps/${app.id}/webhook_events/${event.id}`, { broadcast: false });
    assert.deepEqual([changed.status, changed.body['broadcast']], [200, false]);

    const publish = `/apps/${app.id}/publish?event_type=user.created&version=1.0`;
    const { data: _data, ...explained } = MESSAGE;
    const refused = [
      await api.post(path, MESSAGE),
      await api.post(`${path}/batch`, [MESSAGE]),
      await api.post(publish, 'text'),
      await api.post(`${path}/explain`, explained),
    ];
    for (const { status, body } of refused) {
      assert.deepEqual([status, body.code], [422, 'not_broadcast']);
      assert.match(body.details[0]?.path ?? '', /event_type$/);
    }
    const of = `/apps/${app.id}/subscriptions/globex`;
    const taken = [
      await api.post(`${of}/messages`, MESSAGE),
      await api.post(`${of}/endpoints/one/messages`, MESSAGE),
      await api.post(`${publish}&subscription=globex`, 'text'),
    ];
    for (const { status, text } of taken) assert.equal(status, 201, text);
    await api.patch(`/apps/${app.id}/webhook_events/${event.id}`, { broadcast: true });
    assert.equal((await api.post(path, MESSAGE)).status, 201);
  });

  test('stays so through an export and an import', async () => {
    const { api, app } = await makeWorld();
    await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'invoice.paid', broadcast: false });
    const { text } = await api.get('/export?include=app,webhook_event');
    const other: Api = await apiOfNewAccount(server);
    const imported = await other.post('/import', text, { 'content-type': 'application/x-ndjson' });
    assert.equal(imported.status, 200, imported.text);
    const events = (await other.get(`/apps/${(await other.get('/apps')).first.id}/webhook_events`)).rows;
    assert.deepEqual(Object.fromEntries(events.map((one) => [String(one['event_type']), one['broadcast']])), {
      'invoice.paid': false,
      'user.created': true,
    });
  });
});
