import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

test('a message arrives as a signed webhook, its data byte for byte', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  const { endpoint, post } = await createSubscribedApp(server, { url: `${receiver.url}/hooks?a=1` });
  const dataText = '{ "z": 1.0,\n "a": 9007199254740993, "ü": "\\u00fc😀", "a": [1e2] }';

  const { message } = await post({ dataText, eventId: 'evt_1' });

  const request = await receiver.nextRequest();
  const body = request.body.toString();
  assert.equal(request.method, 'POST');
  assert.equal(request.path, '/hooks?a=1');
  const created = body.slice(body.indexOf('"created":"') + 11, body.indexOf('","data"'));
  assert.match(created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(body, `{"type":"user.created","version":"1.0","created":"${created}","data":${dataText}}`);

  const { headers } = request;
  assert.equal(headers['content-type'], 'application/json');
  assert.match(headers['user-agent'] ?? '', /^HostedHooks\/\d+\.\d+\.\d+$/);
  assert.equal(headers['hostedhooks-delivery'], deliveryId(message.id, endpoint.id));
  assert.equal(headers['hostedhooks-attempt'], '1');
  assert.equal(headers['hostedhooks-event-id'], 'evt_1');

  const secret = server.container.endpoints.revealSecret(endpoint);
  const [, seconds = '', signature] =
    /^t=(\d{10}),s=([0-9a-f]{64})$/.exec(String(headers['hostedhooks-signature'])) ?? [];
  assert.equal(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'), signature);
  assert.equal(headers['http_hostedhooks_signature'], headers['hostedhooks-signature']);
  new Webhook(standardWebhooksSecret(secret)).verify(body, headers as Record<string, string>);
});

test('with override_payload the data alone is the body', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(server, { url: receiver.url });
  await post({ dataText: '{"only": true}', overridePayload: true });
  assert.equal((await receiver.nextRequest()).body.toString(), '{"only": true}');
});

test("an app's own header prefix takes the place of ours, and a message's headers go along", async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(server, {
    url: receiver.url,
    app: { headerPrefix: 'Acme-Hooks' },
  });
  await post({ headers: { 'x-tenant': 'globex' } });
  const { headers } = await receiver.nextRequest();
  assert.match(String(headers['acme-hooks-signature']), /^t=/);
  assert.match(String(headers['http_acme_hooks_signature']), /^t=/);
  assert.equal(headers['x-tenant'], 'globex');
  assert.equal(headers['hostedhooks-signature'], undefined);
});

test('an attempt is logged with what was answered', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver(answer(201, { headers: { 'x-trace': 'abc' }, body: 'thanks' }));
  const { app, endpoint, post } = await createSubscribedApp(server, { url: receiver.url });
  const { message } = await post();
  const { attempts, pool, deliveryCounts } = server.container;
  const paging = { limit: 10, offset: 0 };
  await eventually('logged', async () => (await attempts.page(app, {}, paging)).length === 1);

  const [attempt] = await attempts.page(app, { messageId: message.id, endpointId: endpoint.id }, paging);
  assert.equal(attempt?.outcome, 'status');
  assert.equal(attempt.statusCode, 201);
  assert.equal(attempt.succeeded, true);
  assert.equal(attempt.errorMessage, '');
  assert.equal(attempt.responseBody, 'thanks');
  const { connectMs, firstByteMs } = attempt.timings;
  assert.ok(connectMs !== null && firstByteMs !== null && connectMs <= firstByteMs + 1);
  assert.ok(firstByteMs <= attempt.durationMs + 1);
  assert.deepEqual(
    attempt.responseHeaders?.find(([name]) => name === 'x-trace'),
    ['x-trace', 'abc'],
  );
  const [delivery] = await deliveriesOf(pool, message);
  assert.equal(delivery?.state, 'delivered');
  assert.equal(delivery.attemptsMade, 1);
  const hours = await deliveryCounts.byHour({ accountId: app.accountId });
  assert.equal(
    hours.reduce((sum, { succeeded }) => sum + succeeded, 0),
    1,
  );
});

test('when all is delivered its attempts are left, but no job, and no row of a delivery', async () => {
  await using server = await startTestServer();
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(server, { url: receiver.url });
  await Promise.all(Array.from({ length: 50 }, () => post()));
  await receiver.firstRequests(50);
  await eventually('without jobs', async () => {
    const { rows } = await server.container.pool.query<{ jobs: number }>(
      `select count(*)::int as jobs from pgboss.job where name <> 'account-retention'`,
    );
    return rows[0]?.jobs === 0;
  });
  const { rows } = await server.container.pool.query<{ deliveries: number; succeeded: number }>(
    `select (select count(*)::int from deliveries) as deliveries,
       (select count(*)::int from attempts where succeeded) as succeeded`,
  );
  assert.deepEqual(rows[0], { deliveries: 0, succeeded: 50 });
});

test('a message for later goes out when it is due', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(server, { url: receiver.url });
  const deliverAt = new Date(Date.now() + 1500);
  await post({ deliverAt });
  const { arrivedAtMs } = await receiver.nextRequest();
  assert.ok(arrivedAtMs >= deliverAt.getTime(), `${String(deliverAt.getTime() - arrivedAtMs)} ms early`);
});
