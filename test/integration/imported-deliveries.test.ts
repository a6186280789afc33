import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { startTestServer } from '#test/support/server.ts';

test('what was outstanding is held after an import: no job of ours names it, so it must not look as if one did', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const [from, to] = [await apiOfNewAccount(server), await apiOfNewAccount(server)];
  const { app } = await makeApp(from);
  await from.patch(`/apps/${app.id}`, { uid: 'acme' });
  const posted = await from.post(`/apps/${app.id}/messages`, {
    event_type: 'user.created',
    version: '1.0',
    data: {},
  });
  const deliveriesOf = async (api: typeof from, id: string) =>
    (await api.get(`/apps/acme/messages/${id}/deliveries`)).rows.map(({ state }) => state);
  assert.deepEqual(await deliveriesOf(from, posted.body.id), ['pending']);

  const headers = { authorization: `Bearer ${from.apiKey}` };
  const file = await (await fetch(`${server.url}/api/v1/export`, { headers })).text();
  const jobs = async () => (await server.container.pool.query('select from pgboss.job')).rowCount;
  const before = await jobs();
  for (const state of ['pending', 'scheduled']) {
    const copy = file.replace('"state":"pending"', `"state":"${state}"`);
    const receiving = state === 'pending' ? to : await apiOfNewAccount(server);
    const answer = await receiving.post('/import', copy, { 'content-type': 'application/x-ndjson' });
    assert.equal(answer.status, 200, answer.text);
    const { first } = await receiving.get('/apps/acme/messages');
    assert.deepEqual(await deliveriesOf(receiving, first.id), ['held'], state);
  }
  assert.equal(await jobs(), before);
});
