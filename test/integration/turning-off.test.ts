import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, describe, test } from 'node:test';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { InactiveReason } from '#src/domain/endpoints/endpoint.ts';
import { attemptBadge } from '#src/surfaces/html/badges.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { endpoints, pool } = server.container;

/** As the pipeline does it. */
async function turnOff({ endpoint }: SubscribedApp, reason: InactiveReason): Promise<void> {
  await pool.query(
    `update endpoints set status = 'inactive', inactive_reason = $2, inactive_since = now() where id = $1`,
    [endpoint.id, reason],
  );
}

test('an endpoint that succeeded before the delivery began, but not since, is turned off', async () => {
  await using receiver = await startReceiver(({ request, response }) => {
    response.writeHead(request.body.includes('poison') ? 500 : 200).end();
  });
  const { endpointNow, post } = await createSubscribedApp(server, {
    url: receiver.url,
    retryDelaysSeconds: [],
  });
  const { message: fine } = await post();
  await eventually('delivered', async () => (await deliveriesOf(pool, fine))[0]?.state === 'delivered');
  await post({ dataText: '"poison"' });
  await eventually('off', async () => (await endpointNow()).status === 'inactive');
  assert.equal((await endpointNow()).inactiveReason, 'attempts_exhausted');
});

test('an endpoint that a person turned off during its last attempt stays off without a reason of ours', async () => {
  const held: ServerResponse[] = [];
  await using receiver = await startReceiver(({ response }) => void held.push(response));
  const { endpointNow, post } = await createSubscribedApp(server, { url: receiver.url });
  const { message } = await post();
  await receiver.nextRequest();
  await endpoints.update(await endpointNow(), { status: 'inactive' });
  const before = await endpointNow();

  held[0]?.writeHead(410).end();
  await eventually('given up', async () => (await deliveriesOf(pool, message))[0]?.state === 'failed');

  const { inactiveReason, inactiveSince, status } = await endpointNow();
  assert.equal(status, 'inactive');
  assert.equal(inactiveReason, null);
  assert.deepEqual(inactiveSince, before.inactiveSince);
});

test('an attempt whose delivery is held at its retry says that none follows', async () => {
  const waiting: ServerResponse[] = [];
  await using receiver = await startReceiver(({ response }) => void waiting.push(response));
  const subscribed = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [0] });
  const { message } = await subscribed.post();
  await receiver.nextRequest();
  await endpoints.update(await subscribed.endpointNow(), { status: 'inactive' });
  waiting[0]?.writeHead(500).end();
  await eventually('held', async () => (await deliveriesOf(pool, message))[0]?.state === 'held');

  const path = `/api/v1/apps/${subscribed.app.id}/webhook_attempts?message_id=${message.id}`;
  const answer = await fetch(`${server.url}${path}`, {
    headers: { authorization: `Bearer ${subscribed.apiKey}` },
  });
  const attempts = (await answer.json()) as { retry_status: string; next_attempt_at: string | null }[];
  assert.deepEqual(
    attempts.map(({ retry_status, next_attempt_at }) => [retry_status, next_attempt_at]),
    [['failed', null]],
  );
  const [attempt] = await server.container.attempts.page(subscribed.app, {}, { limit: 1, offset: 0 });
  assert.ok(attempt);
  assert.equal(attemptBadge(attempt).label, 'Failed');
});

describe('an endpoint that we turned off', () => {
  async function offByUs() {
    const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });
    await turnOff(subscribed, 'gone');
    const { apiKey, endpoint, endpointNow, subscription } = subscribed;
    const url = `${server.url}/api/v1/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    const patch = async (changes: object) => {
      const { status } = await fetch(url, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(changes),
      });
      assert.equal(status, 200);
      return endpointNow();
    };
    return { before: await endpointNow(), patch };
  }

  test('keeps its reason when it is saved as inactive again', async () => {
    const { before, patch } = await offByUs();
    const after = await patch({ status: 'inactive', description: 'saved' });
    assert.equal(after.description, 'saved');
    assert.equal(after.inactiveReason, 'gone');
    assert.deepEqual(after.inactiveSince, before.inactiveSince);
  });

  test('forgets why when it is turned on, and has no reason when a person turns it off', async () => {
    const { patch } = await offByUs();
    const on = await patch({ status: 'active' });
    assert.deepEqual([on.status, on.inactiveReason, on.inactiveSince], ['active', null, null]);
    const off = await patch({ status: 'inactive' });
    assert.deepEqual([off.status, off.inactiveReason], ['inactive', null]);
    assert.ok(off.inactiveSince instanceof Date);
  });
});

test('between accept and send an endpoint may go off or away: then nothing is sent', async () => {
  await using web = await startTestServer({ runs: 'web' });
  await using receiver = await startReceiver();
  const url = receiver.url;
  const [offByHand, offByUs, deleted, kept] = await Promise.all([
    createSubscribedApp(web, { url }),
    createSubscribedApp(web, { url }),
    createSubscribedApp(web, { url }),
    createSubscribedApp(web, { url }),
  ]);
  const all = [offByHand, offByUs, deleted, kept];
  const accepted = await Promise.all(all.map(({ post }) => post()));
  await web.container.endpoints.update(offByHand.endpoint, { status: 'inactive' });
  await web.container.pool.query(
    `update endpoints set status = 'inactive', inactive_reason = 'gone', inactive_since = now() where id = $1`,
    [offByUs.endpoint.id],
  );
  await web.container.endpoints.delete(deleted.endpoint);

  await using _worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });
  const states = async () => {
    const deliveries = await Promise.all(
      accepted.map(({ message }) => deliveriesOf(web.container.pool, message)),
    );
    return deliveries.map(([delivery]) => delivery?.state);
  };
  await eventually('written', async () => !(await states()).includes('pending'));

  assert.deepEqual(await states(), ['held', 'held', 'discarded', 'delivered']);
  assert.equal(receiver.requests.length, 1);
  assert.equal(receiver.requests[0]?.headers['webhook-id'], accepted[3]?.message.id);
});
