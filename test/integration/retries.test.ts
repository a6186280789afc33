import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { answer, hang, inTurn, redirectTo, reset } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';

const server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0.1,0.1,0.1,0.1' } });
after(() => server[Symbol.asyncDispose]());
const paging = { limit: 50, offset: 0 };

test('a failing endpoint gets five attempts with the same bytes and fresh signatures, then is turned off', async () => {
  await using receiver = await startReceiver(answer(500, { body: 'broken' }));
  const { app, endpoint, endpointNow, post } = await createSubscribedApp(server, {
    url: receiver.url,
    app: { retryDelaysSeconds: [1, 0.1, 0.1, 0.1] },
  });

  const { message } = await post();

  const requests = await receiver.firstRequests(5);
  assert.deepEqual(
    requests.map(({ headers }) => headers['hostedhooks-attempt']),
    ['1', '2', '3', '4', '5'],
  );
  assert.equal(new Set(requests.map(({ body }) => body.toString())).size, 1);
  assert.equal(new Set(requests.map(({ headers }) => headers['hostedhooks-delivery'])).size, 1);
  const [first, second] = requests;
  assert.notEqual(first?.headers['hostedhooks-signature'], second?.headers['hostedhooks-signature']);

  await eventually('off', async () => (await endpointNow()).status === 'inactive');
  const off = await endpointNow();
  assert.equal(off.inactiveReason, 'attempts_exhausted');
  assert.ok(off.inactiveSince instanceof Date);
  const attempts = await server.container.attempts.page(app, { endpointId: endpoint.id }, paging);
  assert.equal(attempts.length, 5);
  assert.deepEqual(
    attempts.map(({ nextAttemptAt }) => nextAttemptAt === null),
    [true, false, false, false, false],
  );
  assert.ok(
    attempts.every(({ succeeded, errorMessage }) => !succeeded && errorMessage.includes('answered 500')),
  );
  assert.equal((await deliveriesOf(server.container.pool, message))[0]?.state, 'failed');

  const { message: missed } = await post();
  assert.deepEqual(missed.endpointIds, []);
  assert.equal((await deliveriesOf(server.container.pool, missed))[0]?.state, 'held');
  assert.equal(receiver.requests.length, 5);
});

test('the second attempt waits as long as the schedule says', async () => {
  await using receiver = await startReceiver(inTurn(answer(503), answer(200)));
  const app = { retryDelaysSeconds: [1.2, 1, 1, 1] };
  const { post } = await createSubscribedApp(server, { url: receiver.url, app });
  await post();
  const [first, second] = await receiver.firstRequests(2);
  const waitedMs = (second?.arrivedAtMs ?? 0) - (first?.arrivedAtMs ?? 0);
  assert.ok(waitedMs >= 1200, `only ${String(waitedMs)} ms`);
});

test('a success ends the attempts, and the endpoint stays on', async () => {
  await using receiver = await startReceiver(inTurn(reset, answer(500), answer(204)));
  const { endpointNow, post } = await createSubscribedApp(server, { url: receiver.url });
  const { message } = await post();
  await receiver.firstRequests(3);
  await eventually('delivered', async () => {
    const [delivery] = await deliveriesOf(server.container.pool, message);
    return delivery?.state === 'delivered' && delivery.attemptsMade === 3 && delivery.nextAttemptAt === null;
  });
  assert.equal((await endpointNow()).status, 'active');
});

test('what succeeds at one endpoint of a message is tried again at the other alone', async () => {
  await using healthy = await startReceiver();
  await using failing = await startReceiver(inTurn(answer(500), answer(200)));
  const { post, subscription } = await createSubscribedApp(server, { url: healthy.url });
  await server.container.endpoints.create(subscription, { url: failing.url, version: '1.0' });
  const { message } = await post();
  await failing.firstRequests(2);
  await eventually('delivered to both', async () => {
    const deliveries = await deliveriesOf(server.container.pool, message);
    return deliveries.length === 2 && deliveries.every(({ state }) => state === 'delivered');
  });
  assert.equal(healthy.requests.length, 1);
  assert.deepEqual(
    failing.requests.map(({ headers }) => headers['hostedhooks-attempt']),
    ['1', '2'],
  );
});

test('an endpoint that succeeded with something meanwhile is not turned off', async () => {
  await using receiver = await startReceiver(({ request, response }) => {
    response.writeHead(request.body.includes('poison') ? 500 : 200).end();
  });
  const { endpointNow, post } = await createSubscribedApp(server, { url: receiver.url });
  const { message: poison } = await post({ dataText: '"poison"' });
  await post({ dataText: '"fine"' });
  await eventually('given up', async () => {
    const [delivery] = await deliveriesOf(server.container.pool, poison);
    return delivery?.state === 'failed' && delivery.attemptsMade === 5;
  });
  assert.equal((await endpointNow()).status, 'active');
});

test('410 turns the endpoint off at once', async () => {
  await using receiver = await startReceiver(answer(410));
  const { endpointNow, post } = await createSubscribedApp(server, { url: receiver.url });
  await post();
  await eventually('off', async () => (await endpointNow()).status === 'inactive');
  assert.equal((await endpointNow()).inactiveReason, 'gone');
  assert.equal(receiver.requests.length, 1);
});

test('Retry-After postpones the next attempt', async () => {
  await using receiver = await startReceiver(
    inTurn(answer(429, { headers: { 'retry-after': '2' } }), answer(200)),
  );
  const { post } = await createSubscribedApp(server, { url: receiver.url });
  await post();
  const [first, second] = await receiver.firstRequests(2);
  assert.ok((second?.arrivedAtMs ?? 0) - (first?.arrivedAtMs ?? 0) >= 2000);
});

test('a redirect is not followed and counts as a failure', async () => {
  await using elsewhere = await startReceiver();
  await using receiver = await startReceiver(inTurn(redirectTo(elsewhere.url), answer(200)));
  const { app, post } = await createSubscribedApp(server, { url: receiver.url });
  await post();
  await receiver.firstRequests(2);
  await eventually(
    'logged',
    async () => (await server.container.attempts.page(app, {}, paging)).length === 2,
  );
  const attempts = await server.container.attempts.page(app, {}, paging);
  assert.deepEqual(
    attempts.map(({ outcome }) => outcome),
    ['status', 'redirected'],
  );
  assert.equal(elsewhere.connectionsOpened(), 0);
});

test('a receiver that hangs is given up on after the deadline, and others do not wait for it', async () => {
  await using impatient = await startTestServer({
    env: { DELIVERY_TIMEOUT_MS: '400', DELIVERY_RETRY_DELAYS: '60' },
  });
  await using hanging = await startReceiver(hang);
  await using healthy = await startReceiver();
  const { app, subscription, post } = await createSubscribedApp(impatient, { url: hanging.url });
  await impatient.container.endpoints.create(subscription, { url: healthy.url, version: '1.0' });
  await post();
  await healthy.nextRequest();
  await eventually('timed out', async () => {
    const attempts = await impatient.container.attempts.page(app, { status: 'failed' }, paging);
    return attempts[0]?.outcome === 'timeout';
  });
});

test("an endpoint's own schedule wins over its app's, and that over the service's", async () => {
  await using receiver = await startReceiver(answer(500));
  const ofApp = await createSubscribedApp(server, { url: receiver.url, app: { retryDelaysSeconds: [] } });
  await ofApp.post();
  await eventually('off', async () => (await ofApp.endpointNow()).status === 'inactive');
  assert.equal(receiver.requests.length, 1);

  const ofEndpoint = await createSubscribedApp(server, {
    url: receiver.url,
    app: { retryDelaysSeconds: [60] },
    retryDelaysSeconds: [0.1],
  });
  await ofEndpoint.post();
  await eventually('off', async () => (await ofEndpoint.endpointNow()).status === 'inactive');
  assert.equal(receiver.requests.length, 3);
});

test('an app may count nothing but 200 as success', async () => {
  await using receiver = await startReceiver(inTurn(answer(204), answer(200)));
  const { post } = await createSubscribedApp(server, {
    url: receiver.url,
    app: { successPolicy: 'only_200' },
  });
  await post();
  assert.equal((await receiver.firstRequests(2)).length, 2);
});
