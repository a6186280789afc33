import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

test('a batch is answered message by message, each with its data as it was written', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api, { url: receiver.url });
  const one = (data: string) => `{"event_type": "user.created", "data": ${data}, "version": "1.0"}`;
  const list = `[${one('{"a": 1.0}')}, ${one('12345678901234567890')},\n${one('"ü"')}]`;

  for (const body of [list, `{"messages": ${list}}`]) {
    const { status, text, rows } = await api.post(`/apps/${app.id}/messages/batch`, body);
    assert.equal(status, 201);
    assert.equal(rows.length, 3);
    for (const data of ['"data":{"a": 1.0}', '"data":12345678901234567890', '"data":"ü"'])
      assert.ok(text.includes(data));
  }
  const bodies = (await receiver.firstRequests(6)).map(({ body }) => body.toString());
  assert.equal(bodies.filter((body) => body.endsWith('"data":{"a": 1.0}}')).length, 2);
});

test('an event_id that came before, also in the same batch, is answered with the first message', async () => {
  await using server = await sharedServer();
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  const message = { event_type: 'user.created', version: '1.0', data: 1, event_id: 'once' };
  const first = await api.post(`/apps/${app.id}/messages/batch`, [message, message]);
  assert.equal(first.status, 201);
  assert.equal(new Set(first.rows.map(({ id }) => id)).size, 1);
  const again = await api.post(`/apps/${app.id}/messages/batch`, [message]);
  assert.equal(again.status, 200);
  assert.equal(again.first.id, first.first.id);
  const replayed = [first, again].map(({ headers }) => headers.get('idempotent-replayed'));
  assert.deepEqual(replayed, [null, 'true']);
});

test('when anything in a batch is wrong, all of it is said and none of it is taken', async () => {
  await using server = await sharedServer();
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  const good = { event_type: 'user.created', version: '1.0', data: 1 };
  const { status, body } = await api.post(`/apps/${app.id}/messages/batch`, [
    good,
    { ...good, version: 1 },
    { event_type: 'user.created', version: '1.0' },
  ]);
  assert.equal(status, 422);
  assert.deepEqual(
    body.details.map(({ path }) => path),
    ['messages.1.version', 'messages.2.data'],
  );
  const unknown = await api.post(`/apps/${app.id}/messages/batch`, [
    good,
    { ...good, event_type: 'x.y' },
    good,
    { ...good, event_type: 'y.z' },
  ]);
  assert.deepEqual([unknown.status, unknown.body.code], [422, 'unknown_event_type']);
  assert.match(unknown.body.message, /^messages\.1\.event_type: The app has no webhook event "x\.y"\./);
  assert.deepEqual(
    unknown.body.details.map(({ path }) => path),
    ['messages.1.event_type', 'messages.3.event_type'],
  );
  assert.deepEqual((await api.get(`/apps/${app.id}/messages`)).rows, []);
});

test('a batch holds 1 to 1,000 messages', async () => {
  await using server = await sharedServer();
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  const message = { event_type: 'user.created', version: '9.9', data: 1 };
  const post = (count: number) =>
    api.post(`/apps/${app.id}/messages/batch`, Array<object>(count).fill(message));
  assert.equal((await post(0)).status, 422);
  assert.equal((await post(1001)).status, 422);
  assert.equal((await post(1000)).rows.length, 1000);
  for (const body of ['3', '"text"', '{"messages": 3}', '[3]']) {
    assert.equal((await api.post(`/apps/${app.id}/messages/batch`, body)).status, 422, body);
  }
});

test("another account's app takes no batch", async () => {
  await using server = await sharedServer();
  const { app } = await makeApp(await apiOfNewAccount(server));
  const stranger = await apiOfNewAccount(server);
  const message = { event_type: 'user.created', version: '1.0', data: 1 };
  assert.equal((await stranger.post(`/apps/${app.id}/messages/batch`, [message])).status, 404);
});
