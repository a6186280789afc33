import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

test('an endpoint whose secret cannot be opened is put off, costs no attempt, and stops no other', async () => {
  await using server = await startTestServer();
  await using healthy = await startReceiver();
  await using broken = await startReceiver();
  const { endpoint, post, subscription } = await createSubscribedApp(server, { url: healthy.url });
  const { endpoints, messages, pool } = server.container;
  const second = await endpoints.create(subscription, { url: broken.url, version: '1.0' });
  const setSecret = (secret: Buffer) =>
    pool.query('update endpoints set secret_encrypted = $2 where id = $1', [second.id, secret]);
  await setSecret(Buffer.from('not what we wrote'));

  const { message } = await post();
  await healthy.nextRequest();
  const deliveryTo = async (endpointId: string) =>
    (await messages.deliveries(message)).find((delivery) => delivery.endpointId === endpointId);
  await eventually('delivered', async () => (await deliveryTo(endpoint.id))?.state === 'delivered');
  await eventually('put off', async () => (await deliveryTo(second.id))?.state === 'scheduled');
  assert.equal((await deliveryTo(second.id))?.attemptsMade, 0);
  assert.equal(broken.requests.length, 0);

  await setSecret(second.secretEncrypted);
  assert.equal((await broken.nextRequest(20_000)).headers['hostedhooks-attempt'], '1');
  await eventually('delivered', async () => (await deliveryTo(second.id))?.state === 'delivered');
  assert.equal(healthy.requests.length, 1);
});
