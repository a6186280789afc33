import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { answer, hang } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { addEndpoints } from '#test/support/hanging-endpoints.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp, messageTo, type SubscribedApp } from '#test/support/subscribed-app.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';

// The deadline of an attempt is longer than any test: whatever arrives has not waited for one that hangs.
const server = await startTestServer({
  env: { DELIVERY_TIMEOUT_MS: '600000', DELIVERY_LEASE_SECONDS: '700' },
});
after(() => server[Symbol.asyncDispose]());
const { attempts, pool } = server.container;

/** Below /hang it never says a word; everywhere else it is well. */
const startHalfHangingReceiver = () =>
  startReceiver((exchange) => {
    if (exchange.request.path.startsWith('/hang')) hang(exchange);
    else answer(200)(exchange);
  });

const postMany = ({ post }: SubscribedApp, count: number) =>
  Promise.all(Array.from({ length: count }, () => post()));

async function deliveredAtOnce({ post, app }: SubscribedApp): Promise<void> {
  const { message } = await post();
  await eventually('delivered', async () => (await deliveriesOf(pool, message))[0]?.state === 'delivered');
  const [attempt] = await attempts.page(app, { messageId: message.id }, { limit: 1, offset: 0 });
  assert.equal(attempt?.attemptNumber, 1);
}

describe('while a hundred endpoints of an account hang', () => {
  test('its healthy one goes on, and what waits for the others leaves memory for the queue', async () => {
    await using receiver = await startHalfHangingReceiver();
    const healthy = await createSubscribedApp(server, { url: `${receiver.url}/healthy` });
    await addEndpoints(server, healthy, { count: 100, url: `${receiver.url}/hang` });
    const accepted = await postMany(healthy, 12);
    const received = () => receiver.requests.filter(({ path }) => path === '/healthy').length;
    await eventually('all at the healthy endpoint', () => received() === accepted.length);
    await eventually('snoozed', async () => {
      const { rows } = await pool.query<{ snoozed: number }>(
        `select count(*)::int as "snoozed" from deliveries
           where account_id = $1 and state = 'scheduled' and attempts_made = 0`,
        [healthy.app.accountId],
      );
      return (rows[0]?.snoozed ?? 0) >= 400;
    });
    const { target } = messageTo(healthy.app);
    await healthy.post({
      target: { ...target, subscriptionId: healthy.subscription.id, endpointId: healthy.endpoint.id },
    });
    await eventually('one more there', () => received() === accepted.length + 1);
  });
});

describe('while hundreds of endpoints of an account hang', () => {
  test('another account is delivered to at once, also at their own origin', async () => {
    await using receiver = await startHalfHangingReceiver();
    await using elsewhere = await startReceiver();
    const busy = await createSubscribedApp(server, { url: `${receiver.url}/hang` });
    await addEndpoints(server, busy, { count: 600, url: `${receiver.url}/hang` });
    const sameOrigin = await createSubscribedApp(server, { url: `${receiver.url}/healthy` });
    const otherOrigin = await createSubscribedApp(server, { url: elsewhere.url });
    await postMany(busy, 4);
    // Half of all sends: as many as one account may have under way.
    await receiver.firstRequests(512);

    await deliveredAtOnce(otherOrigin);
    await deliveredAtOnce(sameOrigin);
    const hanging = await attempts.page(busy.app, {}, { limit: 1, offset: 0 });
    assert.equal(hanging.length, 0, 'those that hung still do');
  });

  test('at the origin of one that hangs another has connections of its own', async () => {
    await using receiver = await startHalfHangingReceiver();
    const busy = await createSubscribedApp(server, { url: `${receiver.url}/hang` });
    await addEndpoints(server, busy, { count: 40, url: `${receiver.url}/hang` });
    const healthy = await createSubscribedApp(server, { url: `${receiver.url}/healthy` });
    await postMany(busy, 4);
    // More than the connections that one endpoint may have.
    await receiver.firstRequests(80);
    await Promise.all(Array.from({ length: 5 }, () => deliveredAtOnce(healthy)));
  });
});
