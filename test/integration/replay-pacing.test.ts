import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import { endsMeanwhile, eventually } from '#test/support/eventually.ts';
import { startHeldReceiver } from '#test/support/held-receiver.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { startTestServer } from '#test/support/server.ts';
import { createStillClock } from '#test/support/still-clock.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

/** Its pacer advances only when a test says so. */
const web = await startTestServer({ runs: 'web' });
after(() => web[Symbol.asyncDispose]());
const { endpoints, pool, replayPacer, replays } = web.container;

const WINDOW_AT_FIRST = 4;

test('a replay schedules a thousand deliveries, and more when half of them were attempted', async () => {
  const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
  const { endpoint } = subscribed;
  await addHeldDeliveries(web, subscribed, 1700);
  const { id } = await replays.start(endpoint, { states: MISSED_STATES });
  const advance = async () => {
    await replayPacer.advance();
    const { done, status } = await replays.get(endpoint, id);
    return { done, status };
  };
  const attempt = (count: number) =>
    pool.query(
      `update deliveries set attempts_made = 1 where message_id in (select message_id from deliveries
         where endpoint_id = $1 and state = 'scheduled' and attempts_made = 0 limit $2)`,
      [endpoint.id, count],
    );

  assert.deepEqual(await advance(), { done: 1000, status: 'running' });
  assert.deepEqual(await advance(), { done: 1000, status: 'running' });
  await attempt(499);
  assert.deepEqual(await advance(), { done: 1000, status: 'running' });
  await attempt(1);
  assert.deepEqual(await advance(), { done: 1500, status: 'running' });
  const { rows } = await pool.query<{ deliveries: number }>(
    `select sum(jsonb_array_length(data->'deliveries'))::int as deliveries from pgboss.job
     where name = 'deliver' and data->'deliveries'->0->>'endpointId' = $1`,
    [endpoint.id],
  );
  assert.equal(rows[0]?.deliveries, 1500);
  await attempt(1000);
  assert.deepEqual(await advance(), { done: 1700, status: 'done' });
});

test('an endpoint is replayed once at a time, however many ask at once', async () => {
  const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
  await addHeldDeliveries(web, subscribed, 1);
  const start = () => replays.start(subscribed.endpoint, { states: MISSED_STATES });
  const asked = await Promise.allSettled(Array.from({ length: 6 }, start));
  const refused = asked.filter((one) => one.status === 'rejected').map(({ reason }) => String(reason));
  assert.equal(refused.length, 5);
  for (const reason of refused) assert.match(reason, /is running. Wait until it is done or cancel it/);
});

test('what a cancelled replay handed on counts for the one after it', async () => {
  const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
  await addHeldDeliveries(web, subscribed, 1100);
  const start = () => replays.start(subscribed.endpoint, { states: MISSED_STATES });
  const first = await start();
  await replayPacer.advance();
  assert.equal((await replays.cancel(subscribed.endpoint, first.id)).done, 1000);
  const second = await start();
  await replayPacer.advance();
  assert.equal((await replays.get(subscribed.endpoint, second.id)).done, 0);
});

test('a poll moves on five replays of an account; in time all of them, also when five stand still', async () => {
  const url = 'https://receiver.example/';
  const subscribed = await createSubscribedApp(web, { url });
  for (let number = 1; number <= 6; number += 1) {
    const endpoint = await endpoints.create(subscribed.subscription, { url, version: '1.0' });
    await addHeldDeliveries(web, { ...subscribed, endpoint }, 1001);
    await replays.start(endpoint, { states: MISSED_STATES });
  }
  const advance = async () => {
    await replayPacer.advance();
    const begun = 'select from replays where account_id = $1 and done > 0';
    return (await pool.query(begun, [subscribed.app.accountId])).rowCount;
  };
  assert.equal(await advance(), 5);
  await eventually('six', async () => (await advance()) === 6);
});

test('a replay that another worker moves on is passed by', async () => {
  const ids: string[] = [];
  for (let account = 1; account <= 2; account += 1) {
    const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
    await addHeldDeliveries(web, subscribed, 1);
    ids.push((await replays.start(subscribed.endpoint, { states: MISSED_STATES })).id);
  }
  await transaction(pool, async (client) => {
    await client.query('select from replays where id = $1 for update', [ids[0]]);
    await endsMeanwhile('advanced', replayPacer.advance());
  });
  const { rows } = await pool.query('select id, status from replays where id = any($1) order by id', [ids]);
  assert.deepEqual(rows, [
    { id: ids[0], status: 'running' },
    { id: ids[1], status: 'done' },
  ]);
});

test('what is posted during a replay goes before it, also at the same endpoint', async () => {
  await using server = await startTestServer({ clock: createStillClock() });
  await using receiver = await startHeldReceiver();
  const subscribed = await createSubscribedApp(server, { url: receiver.url });
  await addHeldDeliveries(server, subscribed, 2000);
  await server.container.replays.start(subscribed.endpoint, { states: MISSED_STATES });
  await receiver.firstRequests(WINDOW_AT_FIRST);
  const { message } = await subscribed.post();
  receiver.answerOne();
  // A good answer opens the window by one: two sends follow it.
  const sent = await receiver.firstRequests(WINDOW_AT_FIRST + 2);
  const next = sent.slice(WINDOW_AT_FIRST).map(({ headers }) => headers['webhook-id']);
  assert.ok(next.includes(message.id), 'what is new is sent next');
});

test('a replayed delivery that is snoozed is still a replay', async () => {
  await using server = await startTestServer();
  const { pool, replays } = server.container;
  const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });
  await pool.query(`update endpoints set secret_encrypted = 'not what we wrote' where id = $1`, [
    subscribed.endpoint.id,
  ]);
  await addHeldDeliveries(server, subscribed, 1);
  await replays.start(subscribed.endpoint, { states: MISSED_STATES });
  await eventually('snoozed', async () => {
    const { rows } = await pool.query<{ trigger: string }>(
      `select data->'deliveries'->0->>'trigger' as trigger from pgboss.job where name = 'retry'`,
    );
    return rows[0]?.trigger === 'replay';
  });
});
