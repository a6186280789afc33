import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiOfNewAccount } from '../support/api.ts';
import { startTestServer } from '../support/server.ts';

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
