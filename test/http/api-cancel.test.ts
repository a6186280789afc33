import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { assertOutstandingOnce } from '#test/support/ledger.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';

const server = await startTestServer();
after(() => server[Symbol.asyncDispose]());

const POSTED = { event_type: 'user.created', version: '1.0', data: {} };

async function setUp(url: string) {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const post = async (more: object = {}) =>
    (await api.post(`/apps/${app.id}/messages`, { ...POSTED, ...more })).body.id;
  const cancel = async (id: string) => api.post(`/apps/${app.id}/messages/${id}/cancel`);
  const stateOf = async (id: string) => {
    const { first } = await api.get(`/apps/${app.id}/messages/${id}/deliveries`);
    return [first['state'], first['reason']];
  };
  return { api, app, path, post, cancel, stateOf };
}

test('a message that is to be delivered later is cancelled, once, and never sent', async () => {
  await using receiver = await startReceiver();
  const { cancel, post, stateOf } = await setUp(receiver.url);
  const id = await post({ deliver_at: new Date(Date.now() + 3_600_000).toISOString() });
  const answered = await cancel(id);
  assert.equal(answered.status, 200);
  assert.deepEqual(answered.body, { message_id: id, cancelled: 1 });
  assert.deepEqual(await stateOf(id), ['ignored', 'cancelled']);
  assert.equal((await cancel(id)).body['cancelled'], 0);
  await assertOutstandingOnce(server.container.pool);
});

test('what waits in a queue is cancelled, and the next of the order goes on; stats tell what waits', async () => {
  await using receiver = await startReceiver();
  const { api, cancel, path, post, stateOf } = await setUp(receiver.url);
  await api.patch(path, { ordering: 'fifo' });
  await api.post(`${path}/pause`);
  const [first, second] = [await post(), await post()];
  const { queue } = (await api.get(`${path}/stats`)).body as unknown as { queue: Record<string, unknown> };
  assert.deepEqual([queue['depth'], queue['paused']], [2, true]);
  assert.equal(typeof queue['oldest_seconds'], 'number');
  assert.equal((await cancel(first)).body['cancelled'], 1);
  await api.post(`${path}/resume`);
  const [request] = await receiver.firstRequests(1);
  assert.equal(request?.headers['webhook-id'], second);
  assert.deepEqual(await stateOf(first), ['ignored', 'cancelled']);
  assert.equal((await cancel(second)).body['cancelled'], 0);
  await assertOutstandingOnce(server.container.pool);
});

test('a retry that waits is cancelled', async () => {
  await using receiver = await startReceiver(answer(500));
  const { api, cancel, path, post, stateOf } = await setUp(receiver.url);
  await api.patch(path, { retry_delays: [3600] });
  const id = await post();
  await eventually('scheduled', async () => (await stateOf(id))[0] === 'scheduled');
  assert.equal((await cancel(id)).body['cancelled'], 1);
  assert.deepEqual(await stateOf(id), ['ignored', 'cancelled']);
});

test('what is being sent is not cancelled', async () => {
  let finish = () => undefined as unknown;
  await using receiver = await startReceiver(({ response }) => {
    finish = () => response.writeHead(200).end();
  });
  const { api, cancel, path, post, stateOf } = await setUp(receiver.url);
  await api.patch(path, { rate_limit: { limit: 1, period: 'concurrent' } });
  const [id, waiting] = [await post(), await post()];
  await receiver.firstRequests(1);
  assert.equal((await cancel(id)).body['cancelled'], 0);
  assert.equal((await cancel(waiting)).body['cancelled'], 1);
  finish();
  await eventually('delivered', async () => (await stateOf(id))[0] === 'delivered');
  assert.equal(receiver.requests.length, 1);
});

test("another account's message is not found", async () => {
  const { app, post } = await setUp('https://receiver.example/');
  const id = await post({ deliver_at: new Date(Date.now() + 3_600_000).toISOString() });
  const other = await apiOfNewAccount(server);
  assert.equal((await other.post(`/apps/${app.id}/messages/${id}/cancel`)).status, 404);
});
