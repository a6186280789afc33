import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { cancelMessage } from '#src/domain/endpoint-queues/cancel-message.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startHeldReceiver } from '#test/support/held-receiver.ts';
import { assertOutstandingOnce } from '#test/support/ledger.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createStillClock } from '#test/support/still-clock.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { pool } = server.container;

async function countDeliveries(
  accountId: string,
  condition: string,
  { pool } = server.container,
): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from deliveries where account_id = $1 and ${condition}`,
    [accountId],
  );
  return rows[0]?.count ?? 0;
}

test('an endpoint that fails gets a trial now and then, and its backlog when it succeeds again, each once', async () => {
  await using receiver = await startReceiver(answer(503));
  const { app, post } = await createSubscribedApp(server, { url: receiver.url });
  await Promise.all(Array.from({ length: 100 }, () => post()));
  await eventually(
    'snoozed',
    async () => (await countDeliveries(app.accountId, `state = 'scheduled' and attempts_made = 0`)) >= 60,
  );
  assert.ok(receiver.requests.length < 30, `${String(receiver.requests.length)} were sent`);

  receiver.behave(answer(200));
  const failed = await countDeliveries(app.accountId, 'attempts_made > 0');
  await eventually(
    'all but those that wait for their retry delivered',
    async () => (await countDeliveries(app.accountId, `state = 'scheduled' and attempts_made = 0`)) === 0,
  );
  const succeeded = await pool.query(`select from attempts where account_id = $1 and succeeded`, [
    app.accountId,
  ]);
  assert.ok((succeeded.rowCount ?? 0) >= 100 - failed - 10);
  const first = receiver.requests.filter(({ headers }) => headers['hostedhooks-attempt'] === '1');
  assert.equal(first.length, 100);
  assert.equal(new Set(first.map(({ headers }) => headers['webhook-id'])).size, 100);
});

test('few deliveries to an endpoint that fails are attempted by trials, not snoozed', async () => {
  await using receiver = await startReceiver(answer(503));
  const { app, post } = await createSubscribedApp(server, { url: receiver.url });
  for (let sent = 1; sent <= 5; sent += 1) {
    await post();
    await receiver.firstRequests(sent);
  }
  await Promise.all(Array.from({ length: 4 }, () => post()));
  await receiver.firstRequests(9);
  assert.equal(await countDeliveries(app.accountId, 'attempts_made = 0'), 0);
});

describe('what was snoozed for minutes', () => {
  const snoozed = async (accountId: string, container: typeof server.container) =>
    countDeliveries(accountId, `state = 'scheduled' and attempts_made = 0`, container);

  test('comes back as soon as its endpoint is well, each once, and more at a time with every answer', async () => {
    const clock = createStillClock();
    await using own = await startTestServer({ clock, env: { DELIVERY_RETRY_DELAYS: '3600' } });
    const { container } = own;
    await using receiver = await startReceiver(answer(503));
    const { app, post } = await createSubscribedApp(own, { url: receiver.url });
    for (let sent = 1; sent <= 5; sent += 1) {
      await post();
      await receiver.firstRequests(sent);
    }
    await eventually(
      'failed',
      async () => (await countDeliveries(app.accountId, 'attempts_made = 1', container)) === 5,
    );
    clock.move(400);
    await Promise.all(Array.from({ length: 100 }, () => post()));
    await eventually('snoozed', async () => (await snoozed(app.accountId, container)) >= 90);
    const { rowCount } = await container.pool.query(
      `select from pgboss.job where name = 'retry' and start_after < now() + interval '200 seconds'`,
    );
    assert.equal(rowCount, 0, 'none returns by itself during the test');

    const inFlight: number[] = [];
    const allowed: number[] = [];
    let answered = 0;
    receiver.behave(({ response }) => {
      inFlight.push(inFlight.length + 1 - answered);
      allowed.push(1 + answered);
      setTimeout(() => {
        answered += 1;
        response.writeHead(200).end();
      }, 10);
    });
    clock.move(1);
    await receiver.firstRequests(105);
    await eventually('delivered', async () => (await snoozed(app.accountId, container)) === 0);
    assert.ok(inFlight.every((count, index) => count <= (allowed[index] ?? 0)));
    assert.ok(Math.max(...inFlight) > 4, 'more than at first');
    assert.equal(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size, 105);
    await assertOutstandingOnce(container.pool);
  });

  test('comes back though nothing else is sent to its endpoint, which would tell that it is well', async () => {
    const clock = createStillClock();
    await using own = await startTestServer({ clock, env: { DELIVERY_RETRY_DELAYS: '3600' } });
    const { container } = own;
    await using receiver = await startReceiver(answer(503));
    const { app, post } = await createSubscribedApp(own, { url: receiver.url });
    const attempted = async () => countDeliveries(app.accountId, 'attempts_made = 1', container);
    for (let sent = 1; sent <= 5; sent += 1) {
      await post();
      await receiver.firstRequests(sent);
    }
    await eventually('failed', async () => (await attempted()) === 5);
    clock.move(400);
    await Promise.all(Array.from({ length: 60 }, () => post()));
    await eventually('trials are over', async () => {
      clock.move(0.5);
      return (await attempted()) + (await snoozed(app.accountId, container)) === 65;
    });
    receiver.behave(answer(200));
    clock.move(5);
    await eventually('delivered', async () => (await snoozed(app.accountId, container)) === 0);
    await assertOutstandingOnce(container.pool);
  });

  test('by an endpoint that named an hour comes back when it has another URL, unless it was cancelled', async () => {
    await using own = await startTestServer({ clock: createStillClock() });
    const { container } = own;
    await using old = await startReceiver(answer(429, { headers: { 'retry-after': '3600' } }));
    await using receiver = await startHeldReceiver();
    const { app, endpoint, post } = await createSubscribedApp(own, { url: old.url });
    await post();
    await eventually(
      'held',
      async () => (await countDeliveries(app.accountId, 'attempts_made = 1', container)) === 1,
    );
    const posted = await Promise.all(Array.from({ length: 40 }, () => post()));
    await eventually('snoozed', async () => (await snoozed(app.accountId, container)) === 40);
    const cancel = async (id: string) =>
      cancelMessage(container.pool, { accountId: app.accountId, appId: app.id, id });
    const [first] = posted;
    assert.equal(await cancel(first?.message.id ?? ''), 1);

    await container.endpoints.update(endpoint, { url: receiver.url });
    await eventually('the hold is over', async () => {
      await post();
      return receiver.requests.length > 0;
    });
    const ids = new Set(posted.map(({ message }) => message.id));
    const recalled = () =>
      receiver.requests.map(({ headers }) => String(headers['webhook-id'])).filter((id) => ids.has(id));
    await eventually('recalled', () => {
      if (recalled().length === 0) receiver.answerOne();
      return recalled().length > 0;
    });
    assert.equal(await cancel(String(recalled()[0])), 0, 'it is being sent');
    receiver.release();
    await eventually('all', async () => (await snoozed(app.accountId, container)) === 0);
    const others = posted.slice(1).map(({ message }) => message.id);
    assert.deepEqual(recalled().toSorted(), others.toSorted());
  });
});
