import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer, hang, inTurn } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { parsed } from '#test/support/exported-account.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

/** An endpoint that missed `failing` deliveries, was turned off by us for it, and missed `held` more since. */
async function failedEndpoint(receiver: Receiver, { failing = 1, held = 0, at = server } = {}) {
  const { api, made } = await appWithRetries(receiver, { delays: [0], at });
  const path = `/subscriptions/${made.subscription.id}/endpoints/${made.endpoint.id}`;
  const post = (data: unknown) =>
    api.post(`/apps/${made.app.id}/messages`, { event_type: 'user.created', version: '1.0', data });
  receiver.behave(answer(500));
  for (let index = 0; index < failing; index += 1) await post(`failed ${String(index)}`);
  await eventually('off', async () => (await api.get(path)).body['status'] === 'inactive');
  // The first of them turns the endpoint off, which may hold the others.
  await eventually('all missed', async () => {
    const states = await statesOf(api, made.app);
    return states.includes('failed') && states.every((state) => state === 'failed' || state === 'held');
  });
  for (let index = 0; index < held; index += 1) await post(`held ${String(index)}`);
  receiver.behave(answer(200));
  return { api, ...made, path, post, before: receiver.requests.length };
}

async function appWithRetries(
  receiver: Receiver,
  { delays, at = server }: { delays: number[]; at?: TestServer },
) {
  const api = await apiOfNewAccount(at);
  const made = await makeApp(api, { url: receiver.url });
  await api.patch(`/apps/${made.app.id}`, { retry_delays: delays });
  return { api, made };
}

/** Of the newest message first. */
async function deliveriesOf(api: Api, app: Thing): Promise<Thing[]> {
  const { rows } = await api.get(`/apps/${app.id}/messages?per_page=100`);
  const deliveries = await Promise.all(
    rows.map(({ id }) => api.get(`/apps/${app.id}/messages/${id}/deliveries`)),
  );
  return deliveries.flatMap(({ rows: list }) => list);
}

async function statesOf(api: Api, app: Thing): Promise<unknown[]> {
  return (await deliveriesOf(api, app)).map((delivery) => delivery['state']);
}

test('what an endpoint missed is sent after it is turned on again, each once, with progress', async () => {
  await using receiver = await startReceiver();
  const { api, app, path, before } = await failedEndpoint(receiver, { failing: 2, held: 3 });
  assert.equal((await api.post(`${path}/replay`)).status, 409);
  await api.patch(path, { status: 'active' });

  const { status, body } = await api.post(`${path}/replay`);

  assert.equal(status, 202);
  assert.equal(body['total'], 5);
  const arrived = (await receiver.firstRequests(before + 5)).slice(before);
  assert.equal(new Set(arrived.map(({ headers }) => headers['webhook-id'])).size, 5);
  assert.ok(arrived.every(({ headers }) => headers['hostedhooks-attempt'] === '1'));
  await eventually(
    'done',
    async () => (await api.get(`${path}/replays/${body.id}`)).body['status'] === 'done',
  );
  assert.equal((await api.get(`${path}/replays/${body.id}`)).body['done'], 5);
  await eventually('delivered', async () =>
    (await statesOf(api, app)).every((state) => state === 'delivered'),
  );
  const { rows } = await api.get(`/apps/${app.id}/webhook_attempts?status=success`);
  assert.ok(rows.every((row) => row['trigger'] === 'replay'));

  const again = await api.post(`${path}/replay`);
  assert.equal(again.body['total'], 0);
  await eventually(
    'done',
    async () => (await api.get(`${path}/replays/${again.body.id}`)).body['status'] === 'done',
  );
  assert.equal(receiver.requests.length, before + 5);
});

/**
 * Replays to an endpoint that missed 'failed 0', 'held' at the time `t` and 'deleted'; answers which of them arrive.
 */
async function missedAndReplayed(filter: (t: string) => object): Promise<unknown[]> {
  await using receiver = await startReceiver();
  const { api, app, path, post, before } = await failedEndpoint(receiver);
  const { body: held } = await post('held');
  await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'user.deleted' });
  const message = { event_type: 'user.deleted', version: '1.0', data: 'deleted' };
  await api.post(`/apps/${app.id}/messages`, message);
  await api.patch(path, { status: 'active' });

  const { body } = await api.post(`${path}/replay`, filter(held.created_at));
  const replay = async () => (await api.get(`${path}/replays/${body.id}`)).body;
  await eventually('done', async () => (await replay())['status'] === 'done');
  await eventually('all attempted', async () => !(await statesOf(api, app)).includes('scheduled'));
  const arrived = receiver.requests.slice(before).map(({ body: sent }) => dataOf(sent));
  assert.deepEqual([(await replay())['done'], body['total']], [arrived.length, arrived.length]);
  return arrived.sort();
}

const dataOf = (body: Buffer) => (JSON.parse(body.toString()) as { data: unknown }).data;

test('a replay of a state sends what is in that state', async () => {
  assert.deepEqual(await missedAndReplayed(() => ({ status: 'failed' })), ['failed 0']);
});

test('a replay of an event type sends messages of that type', async () => {
  assert.deepEqual(await missedAndReplayed(() => ({ event_type: 'user.deleted' })), ['deleted']);
});

test('a replay since a time sends what was posted since', async () => {
  const arrived = await missedAndReplayed((since) => ({ since }));
  assert.deepEqual(arrived, ['deleted', 'held']);
});

test('a replay until a time sends what was posted before', async () => {
  const after = (t: string) => new Date(Date.parse(t) + 1).toISOString();
  const arrived = await missedAndReplayed((held) => ({ until: after(held), event_type: 'user.created' }));
  assert.deepEqual(arrived, ['failed 0', 'held']);
  assert.deepEqual(await missedAndReplayed((until) => ({ until })), ['failed 0']);
});

test('a replay of what arrives at no receiver is refused', async () => {
  const api = await apiOfNewAccount(server);
  const { subscription, endpoint } = await makeApp(api);
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  assert.equal((await api.post(`${path}/replay`, { status: 'delivered' })).status, 422);
});

test('a replay while another one runs is refused, until that one is cancelled', async () => {
  await using web = await sharedServer('web');
  const api = await apiOfNewAccount(web);
  const { app, subscription, endpoint } = await makeApp(api);
  await addHeldDeliveries(web, { app: { id: app.id, accountId: api.accountId }, endpoint }, 1);
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const { body: running } = await api.post(`${path}/replay`);
  const { status, body } = await api.post(`${path}/replay`);
  assert.deepEqual([status, body.code], [409, 'conflict']);
  await api.delete(`${path}/replays/${running.id}`);
  assert.equal((await api.post(`${path}/replay`)).status, 202);
});

test('a cancelled replay sends nothing more', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using other = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });
  await using receiver = await startReceiver();
  const { api, app, path, before } = await failedEndpoint(receiver, { failing: 1, held: 1, at: web });
  await api.patch(path, { status: 'active' });
  await other[Symbol.asyncDispose]();
  const { body } = await api.post(`${path}/replay`);
  const cancelled = await api.delete(`${path}/replays/${body.id}`);
  assert.equal(cancelled.body['status'], 'cancelled');
  await web.container.replayPacer.advance();
  assert.deepEqual((await statesOf(api, app)).sort(), ['failed', 'held']);
  assert.equal(receiver.requests.length, before);
});

test('a replay that was interrupted goes on where it was, and two workers on it send nothing twice', async () => {
  await using receiver = await startReceiver();
  const { api, path, before } = await failedEndpoint(receiver, { failing: 1, held: 250 });
  await api.patch(path, { status: 'active' });
  const { body } = await api.post(`${path}/replay`);
  const { replayPacer } = server.container;
  await Promise.all([replayPacer.advance(), replayPacer.advance(), replayPacer.advance()]);
  const arrived = (await receiver.firstRequests(before + 251)).slice(before);
  assert.equal(new Set(arrived.map(({ headers }) => headers['webhook-id'])).size, 251);
  assert.equal((await api.get(`${path}/replays/${body.id}`)).body['done'], 251);
});

test('one attempt is replayed; a delivered one only when forced', async () => {
  await using receiver = await startReceiver();
  const { api, app, path, before } = await failedEndpoint(receiver);
  const { first: attempt } = await api.get(`/apps/${app.id}/webhook_attempts`);
  const replay = (body: object = {}) =>
    api.post(`/apps/${app.id}/webhook_attempts/${attempt.id}/replay`, body);
  assert.equal((await replay()).status, 409);
  await api.patch(path, { status: 'active' });

  const { status, body } = await replay();
  assert.equal(status, 202);
  assert.equal(body['state'], 'scheduled');
  await receiver.firstRequests(before + 1);
  await eventually('delivered', async () => (await statesOf(api, app))[0] === 'delivered');

  assert.equal((await replay()).status, 409);
  assert.equal((await replay({ force: true })).status, 202);
  await receiver.firstRequests(before + 2);
});

test('an attempt whose retry is far off is replayed now, and the retry that it overtook sends nothing', async () => {
  await using receiver = await startReceiver(answer(500));
  const { api, made } = await appWithRetries(receiver, { delays: [3] });
  const { app } = made;
  const jobs = async () => {
    const { rowCount } = await server.container.pool.query(
      `select from pgboss.job where name <> 'account-retention' and data::text like $1`,
      [`%${api.accountId}%`],
    );
    return rowCount;
  };
  const message = { event_type: 'user.created', version: '1.0', data: 1 };
  await api.post(`/apps/${app.id}/messages`, message);
  await eventually('scheduled', async () => (await statesOf(api, app))[0] === 'scheduled');
  assert.equal(await jobs(), 1);
  receiver.behave(answer(200));
  const { first: attempt } = await api.get(`/apps/${app.id}/webhook_attempts`);

  assert.equal((await api.post(`/apps/${app.id}/webhook_attempts/${attempt.id}/replay`)).status, 202);

  await receiver.firstRequests(2);
  await eventually('delivered', async () => (await statesOf(api, app))[0] === 'delivered');
  await eventually('the overtaken job is gone', async () => (await jobs()) === 0);
  assert.equal(receiver.requests.length, 2);
});

test('an attempt whose retry is due within a second is not replayed, because it may be under way', async () => {
  await using receiver = await startReceiver(inTurn(answer(500), hang));
  const { api, made } = await appWithRetries(receiver, { delays: [0.9] });
  const { app } = made;
  await api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data: 1 });
  await eventually('scheduled', async () => (await statesOf(api, app))[0] === 'scheduled');
  const { first: attempt } = await api.get(`/apps/${app.id}/webhook_attempts`);
  const scheduled = await deliveriesOf(api, app);
  const replay = () => api.post(`/apps/${app.id}/webhook_attempts/${attempt.id}/replay`, { force: true });

  const refused = await replay();
  assert.equal(refused.status, 409);
  assert.match(refused.body.message, /still being attempted/);
  await receiver.firstRequests(2);
  assert.equal((await replay()).status, 409, 'while the retry is under way');
  assert.deepEqual(await deliveriesOf(api, app), scheduled);
});

test('what an endpoint missed is delivered in the export, too, after a replay has delivered it', async () => {
  await using receiver = await startReceiver();
  const { api, app, path } = await failedEndpoint(receiver, { failing: 1, held: 1 });
  const exported = async () =>
    parsed((await api.get('/export?include=delivery')).text).filter(({ type }) => type === 'delivery');
  assert.deepEqual(
    (await exported()).map(({ state }) => state),
    ['failed', 'held'],
  );
  await api.patch(path, { status: 'active' });
  await api.post(`${path}/replay`);
  await eventually('delivered', async () =>
    (await statesOf(api, app)).every((state) => state === 'delivered'),
  );
  const deliveries = (await deliveriesOf(api, app)).toReversed();
  assert.deepEqual(
    await exported(),
    deliveries.map((delivery) => ({ type: 'delivery', ...delivery })),
  );
});

test("another account's endpoint, replay and attempt are not found", async () => {
  await using receiver = await startReceiver();
  const { api, app, path } = await failedEndpoint(receiver);
  await api.patch(path, { status: 'active' });
  const { first: attempt } = await api.get(`/apps/${app.id}/webhook_attempts`);
  const { body } = await api.post(`${path}/replay`, { until: '2020-01-01' });
  const stranger = await apiOfNewAccount(server);
  assert.equal((await stranger.post(`${path}/replay`)).status, 404);
  assert.equal((await stranger.get(`${path}/replays/${body.id}`)).status, 404);
  assert.equal((await stranger.delete(`${path}/replays/${body.id}`)).status, 404);
  assert.equal((await stranger.post(`/apps/${app.id}/webhook_attempts/${attempt.id}/replay`)).status, 404);
  assert.equal((await api.get(`${path}/replays/nonsense`)).status, 404);
});
