import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { makeWorld } from '#test/support/api-world.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';

test('a uid that is shaped like a UUID works, and one that equals another app’s id does not hide that app', async () => {
  await using server = await startTestServer();
  const api = await apiOfNewAccount(server);
  const uid = '11111111-2222-4333-8444-555555555555';
  const { body: first } = await api.post('/apps', { name: 'First', uid });
  assert.equal((await api.get(`/apps/${uid}`)).body.id, first.id);

  const { body: second } = await api.post('/apps', { name: 'Second', uid: first.id });
  assert.equal((await api.get(`/apps/${first.id}`)).body.name, 'First');
  assert.equal((await api.get(`/apps/${second.id}`)).body.name, 'Second');
});

test('a subscription uid that two apps use has to be told apart by id', async () => {
  await using server = await startTestServer();
  const api = await apiOfNewAccount(server);
  for (const name of ['One', 'Two']) {
    const { body: app } = await api.post('/apps', { name });
    await api.post(`/apps/${app.id}/subscriptions`, { name: 'Globex', uid: 'globex' });
  }
  const { status, body } = await api.get('/subscriptions/globex');
  assert.equal(status, 409);
  assert.match(body.message, /its id/);
});

describe('wherever an address takes the id of an app, a subscription or an endpoint, it takes its uid', async () => {
  const server = await startTestServer();
  const receiver = await startReceiver();
  after(async () => {
    await server[Symbol.asyncDispose]();
    await receiver.close();
  });
  const uids: Record<string, string> = { app: 'my.app', subscription: 'customer', endpoint: '-_Endpoint.1' };
  const described = server.description.operations.filter(({ path }) =>
    /\{(app|subscription|endpoint)\}/.test(path),
  );

  for (const { path, method, operation } of described) {
    test(operation.operationId, async () => {
      const { call, example, ids, make, patch } = await makeWorld(server, receiver);
      await patch(`/apps/${ids['app'] ?? ''}`, { uid: uids['app'] });
      await patch(`/subscriptions/${ids['subscription'] ?? ''}/endpoints/${ids['endpoint'] ?? ''}`, {
        uid: uids['endpoint'],
      });
      // Theirs in another app, under the same names where they may be: not meant.
      const other = await make('/apps', { name: 'Other' });
      await make(`/apps/${other.id}/subscriptions`, { name: 'Other', uid: 'other' });
      const body = example(operation) ?? undefined;
      const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => uids[name] ?? ids[name] ?? 'x');
      const query = operation.operationId === 'publishAsIs' ? '?event_type=user.created&version=1.0' : '';
      const answer = await call(method, address + query, {
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { 'content-type': 'application/json' },
      });
      const text = await answer.text();
      // Some conflict with what the world has; none says that there is no such thing.
      assert.ok(answer.status < 300 || answer.status === 409, `${String(answer.status)} ${text}`);
      if (method !== 'get') return;
      const byId = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'x');
      assert.equal(text, await (await call(method, byId, {})).text());
    });
  }
});
