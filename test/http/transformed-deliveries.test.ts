import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { pool } = server.container;

/** An endpoint at the receiver that uses the code. */
async function setUp(receiver: Receiver, code: string) {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const { body: made } = await api.post(`/apps/${app.id}/transformations`, { name: 'Code', code });
  const ofEndpoint = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  assert.equal((await api.patch(ofEndpoint, { transformation_id: made.id })).status, 200);
  const path = `/apps/${app.id}/transformations/${made.id}`;
  return { api, app, endpoint, path, ofEndpoint };
}

const post = async (api: Api, app: Thing, data: string) =>
  (await api.post(`/apps/${app.id}/messages`, `{"event_type":"user.created","version":"1.0","data":${data}}`))
    .body;

/** The first answer that is one. */
async function waitFor<T>(what: string, read: () => Promise<T | undefined>): Promise<T> {
  let found: T | undefined;
  await eventually(what, async () => (found = await read()) !== undefined);
  return found as T;
}

const ignoredFor = (api: Api, app: Thing, message: Thing): Promise<unknown> =>
  waitFor('ignored', async () => {
    const { first } = await api.get(`/apps/${app.id}/messages/${message.id}/deliveries`);
    return first['state'] === 'ignored' ? first['reason'] : undefined;
  });

const executionsOf = (api: Api, path: string, count: number): Promise<Thing[]> =>
  waitFor('executions', async () => {
    const { rows } = await api.get(`${path}/executions`);
    return rows.length === count ? rows : undefined;
  });

test('what arrives is what the code made of it, signed, and the log shows that', async () => {
  await using receiver = await startReceiver();
  const { api, app, endpoint, path } = await setUp(
    receiver,
    `export default (request, { endpoint, subscription, message }) => {
       request.headers['X-Subscriber'] = subscription.name;
       request.headers['content-type'] = 'application/vnd.acme+json';
       request.body = { ...request.body.data, to: endpoint.url, of: message.event_type };
       return request;
     }`,
  );
  const message = await post(api, app, '{"id":1}');
  const { body, headers } = await receiver.nextRequest();
  assert.deepEqual(JSON.parse(body.toString()), { id: 1, to: receiver.url, of: 'user.created' });
  assert.equal(headers['content-type'], 'application/vnd.acme+json');
  assert.equal(headers['webhook-id'], message.id);
  assert.ok(headers['x-subscriber']);

  const [execution] = await executionsOf(api, path, 1);
  assert.deepEqual(
    [execution?.['outcome'], execution?.['message_id'], execution?.['endpoint_id'], execution?.['version']],
    ['sent', message.id, endpoint.id, 1],
  );
  const attempt = await waitFor(
    'attempt',
    async () => (await api.get(`/apps/${app.id}/webhook_attempts`)).rows[0],
  );
  assert.equal(attempt['transformation_execution_id'], execution?.id);
  assert.deepEqual(attempt.payload, JSON.parse(body.toString()));
  assert.equal(attempt.request_headers['webhook-signature'], headers['webhook-signature']);
});

test('a body that is returned unchanged keeps its bytes', async () => {
  await using receiver = await startReceiver();
  const { api, app } = await setUp(
    receiver,
    'addHandler("transform", (r) => ({ ...r, headers: { ...r.headers, "X-A": "b" } }))',
  );
  await post(api, app, '{ "price": 1.0, "big": 9007199254740993, "e": 1e2 }');
  const { body, headers } = await receiver.nextRequest();
  assert.ok(
    body.toString().endsWith('"data":{ "price": 1.0, "big": 9007199254740993, "e": 1e2 }}'),
    body.toString(),
  );
  assert.equal(headers['x-a'], 'b');
  assert.equal(headers['content-type'], 'application/json');
});

test('null ignores the delivery as filtered; without an attempt', async () => {
  await using receiver = await startReceiver();
  const { api, app, path } = await setUp(receiver, 'addHandler("transform", () => null)');
  assert.equal(await ignoredFor(api, app, await post(api, app, '{}')), 'filtered');
  assert.equal((await executionsOf(api, path, 1))[0]?.['outcome'], 'ignored');
  assert.deepEqual((await api.get(`/apps/${app.id}/webhook_attempts`)).rows, []);
  assert.equal(receiver.connectionsOpened(), 0);
});

test('a failure ignores the delivery; a replay sends it by the mended code', async () => {
  await using receiver = await startReceiver();
  const broken =
    'addHandler("transform", (request) => { console.error("before"); return request.none.none; })';
  const { api, app, path, ofEndpoint } = await setUp(receiver, broken);
  const message = await post(api, app, '{"id":1}');
  assert.equal(await ignoredFor(api, app, message), 'transformation_failed');
  const [execution] = await executionsOf(api, path, 1);
  assert.equal(execution?.['outcome'], 'failed');
  assert.match(execution.error, /TypeError/);
  assert.deepEqual(execution['console'], [{ level: 'error', text: 'before' }]);
  assert.equal((await api.get(ofEndpoint)).body['failing_since'], null);

  await api.patch(path, { code: 'addHandler("transform", (request) => ({ ...request, body: "mended" }))' });
  const replay = { status: 'ignored' };
  const { status } = await api.post(`${ofEndpoint}/replay`, replay);
  assert.ok(status < 300, String(status));
  const { body, headers } = await receiver.nextRequest();
  assert.equal(body.toString(), 'mended');
  assert.equal(headers['hostedhooks-attempt'], '1');
});

test('headers that are ours, or that cannot be sent, fail it', async () => {
  await using receiver = await startReceiver();
  for (const header of [
    '{ "Webhook-Id": "x" }',
    '{ "X A": "b" }',
    '{ "x-a": 1 }',
    '{ "HostedHooks-Signature": "x" }',
  ]) {
    const { api, app } = await setUp(
      receiver,
      `addHandler("transform", (r) => ({ ...r, headers: ${header} }))`,
    );
    assert.equal(await ignoredFor(api, app, await post(api, app, '{}')), 'transformation_failed', header);
  }
  assert.equal(receiver.connectionsOpened(), 0);
});

test('a test of an endpoint sends what a message would, and is refused when that is nothing', async () => {
  await using receiver = await startReceiver();
  const { api, path, ofEndpoint } = await setUp(
    receiver,
    'addHandler("transform", (r) => ({ ...r, body: "tested" }))',
  );
  const url = `${ofEndpoint}/test`;
  assert.equal((await api.post(url, { event_type: 'user.created' })).status, 200);
  assert.equal((await receiver.nextRequest()).body.toString(), 'tested');
  await api.patch(path, { code: 'addHandler("transform", () => null)' });
  assert.equal((await api.post(url, { event_type: 'user.created' })).status, 409);
});

test('the executions that failed stay beside a sample of the others, and both are bounded', async () => {
  await using receiver = await startReceiver();
  const code = 'addHandler("transform", (r) => r.body.data.bad ? r.a.b : r)';
  const { api, app, path } = await setUp(receiver, code);
  const data = Array.from({ length: 130 }, (_, n) => ({ bad: n < 120 }));
  const messages = data.map((one) => ({ event_type: 'user.created', version: '1.0', data: one }));
  await api.post(`/apps/${app.id}/messages/batch`, { messages });
  await receiver.firstRequests(10);
  const rows = await waitFor('all failures', async () => {
    const pages = await Promise.all(
      [1, 2, 3].map((page) => api.get(`${path}/executions?per_page=100&page=${String(page)}`)),
    );
    const all = pages.flatMap((page) => page.rows);
    return all.filter((row) => row['outcome'] === 'failed').length === 100 ? all : undefined;
  });
  assert.ok(rows.length <= 110);
});

test('an endpoint that changes while a run waits is sent to as it is then, or not at all', async () => {
  await using before = await startReceiver();
  await using after = await startReceiver();
  const code = 'addHandler("transform", (r, { endpoint }) => ({ ...r, body: { to: endpoint.url } }))';
  const changedMeanwhile = async (changes: object) => {
    const { api, app, ofEndpoint } = await setUp(before, code);
    // The app is known then, and the code is not.
    await api.post(`/apps/${app.id}/messages/explain`, {
      event_type: 'user.created',
      version: '1.0',
      data: 1,
    });
    await using held = await holdTransaction(pool);
    await held.query('lock table transformations in access exclusive mode');
    const message = await post(api, app, '{}');
    await someoneWaits(pool, 'from transformations where');
    assert.equal((await api.patch(ofEndpoint, changes)).status, 200);
    await held.commit();
    return await waitFor('settled', async () => {
      const { first } = await api.get(`/apps/${app.id}/messages/${message.id}/deliveries`);
      return ['delivered', 'held'].includes(String(first['state'])) ? first['state'] : undefined;
    });
  };
  assert.equal(await changedMeanwhile({ url: after.url }), 'delivered');
  assert.deepEqual(JSON.parse((await after.nextRequest()).body.toString()), { to: after.url });
  assert.equal(await changedMeanwhile({ status: 'inactive' }), 'held');
  assert.equal(before.requests.length, 0);
});
