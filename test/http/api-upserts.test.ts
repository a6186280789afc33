import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());

const ROUNDS = 4;
const AT_ONCE = 5;

interface Noun {
  noun: string;
  put: (api: Api, appId: string, body?: object) => ReturnType<Api['put']>;
  remove: (api: Api, appId: string) => ReturnType<Api['delete']>;
}

const ENDPOINT = { url: 'https://hooks.example/', version: '1.0', subscription: { uid: 'owner' } };

const NOUNS: Noun[] = [
  {
    noun: 'an app',
    put: (api, _appId, body = {}) => api.put('/apps/mine', body),
    remove: (api) => api.delete('/apps/mine'),
  },
  {
    noun: 'a subscription',
    put: (api, appId, body = {}) => api.put(`/apps/${appId}/subscriptions/mine`, body),
    remove: (api) => api.delete('/subscriptions/mine'),
  },
  {
    noun: 'an endpoint',
    put: (api, appId, body = {}) =>
      api.put(`/apps/${appId}/endpoints/mine`, { ...ENDPOINT, enabled_events: ['user.created'], ...body }),
    remove: (api) => api.delete('/subscriptions/owner/endpoints/mine'),
  },
];

for (const { noun, put, remove } of NOUNS) {
  describe(`PUT of ${noun}`, () => {
    test('makes it, and changes it after', async () => {
      const api = await apiOfNewAccount(server);
      const { app } = await makeApp(api);
      const made = await put(api, app.id);
      assert.deepEqual([made.status, made.body.uid], [201, 'mine'], made.text);
      const changed = await put(api, app.id);
      assert.deepEqual([changed.status, changed.body.id], [200, made.body.id]);
    });

    test('under another uid than its own is refused, whether it is there or not: 409', async () => {
      const api = await apiOfNewAccount(server);
      const { app } = await makeApp(api);
      for (const uid of ['other', null]) assert.equal((await put(api, app.id, { uid })).status, 409);
      const made = await put(api, app.id, { uid: 'mine' });
      assert.deepEqual([made.status, made.body.uid], [201, 'mine']);
      for (const uid of ['other', null]) assert.equal((await put(api, app.id, { uid })).status, 409);
      assert.equal((await put(api, app.id)).body.uid, 'mine');
    });

    test('beside others and DELETEs answers as if they came one after the other', async () => {
      const api = await apiOfNewAccount(server);
      const { app } = await makeApp(api);
      let count = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const requests = Array.from({ length: AT_ONCE }, () => [put(api, app.id), remove(api, app.id)]);
        const answers = await Promise.all(requests.flat());
        const given = Map.groupBy(answers, ({ status }) => status);
        assert.deepEqual(
          [...given.keys()].filter((status) => ![200, 201, 204, 404].includes(status)),
          [],
        );
        const puts = answers.filter((_, index) => index % 2 === 0);
        for (const { status, text } of puts) assert.ok(status < 300, `${String(status)} ${text}`);
        count += (given.get(201)?.length ?? 0) - (given.get(204)?.length ?? 0);
        assert.ok(count === 0 || count === 1, `made ${String(count)} times more than deleted`);
      }
      assert.equal((await put(api, app.id)).status, count === 1 ? 200 : 201);
    });
  });
}

test('PUT of an endpoint beside DELETEs of its subscription makes both, or changes it', async () => {
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  for (let round = 0; round < ROUNDS; round += 1) {
    const requests = Array.from({ length: AT_ONCE }, () => [
      api.put(`/apps/${app.id}/endpoints/mine`, ENDPOINT),
      api.delete('/subscriptions/owner'),
    ]);
    const answers = await Promise.all(requests.flat());
    for (const [index, { status, text }] of answers.entries()) {
      assert.ok((index % 2 === 0 ? [200, 201] : [204, 404]).includes(status), `${String(status)} ${text}`);
    }
  }
});

test('PUT of an app by an id of ours that none of the account’s apps has makes none: 404', async () => {
  const [api, other] = [await apiOfNewAccount(server), await apiOfNewAccount(server)];
  const { app } = await makeApp(other);
  assert.equal((await api.put(`/apps/${app.id}`, { name: 'Mine' })).status, 404);
  const uid = '11111111-2222-4333-8444-555555555555';
  assert.equal((await api.put(`/apps/${uid}`, {})).status, 201, 'any other UUID is a uid');
});
