import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, describe, test } from 'node:test';
import { answer, hang } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { endpoints, pool } = server.container;

// What is snoozed waits for five seconds: all at the same time.
describe('a delivery that is snoozed', { concurrency: true }, () => {
  test('because its endpoint has no secret that opens costs no attempt, and stops no other', async () => {
    await using healthy = await startReceiver();
    await using broken = await startReceiver();
    const { endpoint, post, subscription } = await createSubscribedApp(server, { url: healthy.url });
    const second = await endpoints.create(subscription, { url: broken.url, version: '1.0' });
    const setSecret = (secret: Buffer) =>
      pool.query('update endpoints set secret_encrypted = $2 where id = $1', [second.id, secret]);
    await setSecret(Buffer.from('not what we wrote'));

    const { message } = await post();
    await healthy.nextRequest();
    const deliveryTo = async (endpointId: string) =>
      (await deliveriesOf(pool, message)).find((delivery) => delivery.endpointId === endpointId);
    await eventually('delivered', async () => (await deliveryTo(endpoint.id))?.state === 'delivered');
    await eventually('snoozed', async () => (await deliveryTo(second.id))?.state === 'scheduled');
    assert.equal((await deliveryTo(second.id))?.attemptsMade, 0);
    assert.equal(broken.requests.length, 0);

    await setSecret(second.secretEncrypted);
    assert.equal((await broken.nextRequest()).headers['hostedhooks-attempt'], '1');
    await eventually('delivered', async () => (await deliveryTo(second.id))?.state === 'delivered');
    assert.equal(healthy.requests.length, 1);
  });

  test('because its receiver hung is sent once, at its first attempt, when that answers again', async () => {
    const held: ServerResponse[] = [];
    await using receiver = await startReceiver(({ response }) => void held.push(response));
    const { app, post } = await createSubscribedApp(server, { url: receiver.url });
    await Promise.all(Array.from({ length: 30 }, () => post()));
    await eventually('snoozed', async () => {
      const { rows } = await pool.query<{ snoozed: number }>(
        `select count(*)::int as "snoozed" from deliveries
         where account_id = $1 and state = 'scheduled' and attempts_made = 0`,
        [app.accountId],
      );
      return (rows[0]?.snoozed ?? 0) >= 20;
    });

    receiver.behave(answer(200));
    for (const response of held) response.writeHead(200).end();
    await receiver.firstRequests(30);
    await eventually('all delivered', async () => {
      const { rows } = await pool.query<{ delivered: number }>(
        `select count(*)::int as delivered from attempts where account_id = $1 and succeeded`,
        [app.accountId],
      );
      return rows[0]?.delivered === 30;
    });
    assert.equal(receiver.requests.length, 30);
    assert.equal(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size, 30);
    assert.ok(receiver.requests.every(({ headers }) => headers['hostedhooks-attempt'] === '1'));
  });

  test('with hundreds of others comes back later, so that they do not come back together', async () => {
    await using receiver = await startReceiver(hang);
    const { app, post } = await createSubscribedApp(server, { url: receiver.url });
    await Promise.all(Array.from({ length: 500 }, () => post()));
    await eventually('snoozed for longer than the first', async () => {
      const { rows } = await pool.query<{ snoozed: number }>(
        `select count(*)::int as "snoozed" from deliveries
         where account_id = $1 and state = 'scheduled' and next_attempt_at > now() + interval '10 seconds'`,
        [app.accountId],
      );
      return (rows[0]?.snoozed ?? 0) >= 200;
    });
  });
});
