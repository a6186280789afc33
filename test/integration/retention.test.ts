import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { ensurePartitions } from '#src/infra/database/partitions.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { rescheduleOne } from '#src/domain/deliveries/transitions/reschedule-one.ts';
import { noteUse } from '#src/domain/subscriptions/portal-link-rows.ts';
import { applyRetention } from '#src/domain/retention/retention.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';
import { addPast } from '#test/support/old-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

const URL = 'https://acme.example/hook';
const DAY_MS = 86_400_000;
/** Of the plan hobby. */
const KEPT_DAYS = 3;
const LOG = ['messages', 'deliveries', 'attempts', 'message_event_ids'];

test('what is older than the plan keeps is deleted, in every table of the log; the rest stays', async () => {
  await using scene = await setScene();
  const { pool, small, large, cut } = scene;
  for (const subscribed of [small, large]) {
    await addPast(pool, subscribed, { daysAgo: KEPT_DAYS + 1, count: 1200 });
    for (const state of ['failed', 'held', 'discarded', 'delivered'] as const) {
      await addPast(pool, subscribed, { daysAgo: KEPT_DAYS + 0.01, state });
    }
    await addPast(pool, subscribed, { daysAgo: KEPT_DAYS + 1, eventId: 'order-1' });
    await addPast(pool, subscribed, { daysAgo: KEPT_DAYS - 0.01, eventId: 'order-2', state: 'failed' });
  }
  await cut();
  assert.deepEqual(await countLog(pool, small), {
    messages: 1,
    deliveries: 1,
    attempts: 1,
    message_event_ids: 1,
  });
  assert.deepEqual(
    await countLog(pool, large),
    { messages: 1206, deliveries: 5, attempts: 1206, message_event_ids: 2 },
    'another plan keeps more, and is another account',
  );
});

test('what is outstanding stays with its attempts, until it is not', async () => {
  await using scene = await setScene();
  const { pool, small, cut } = scene;
  const daysAgo = KEPT_DAYS + 1;
  const deliverAt = new Date(Date.now() + DAY_MS);
  const outstanding = [
    await addPast(pool, small, { daysAgo, state: 'scheduled' }),
    await addPast(pool, small, { daysAgo, state: 'pending' }),
    await addPast(pool, small, { daysAgo, state: 'pending', deliverAt }),
    await addPast(pool, small, { daysAgo, deliverAt }),
  ].flat();
  await addPast(pool, small, { daysAgo, state: 'failed' });
  await cut();
  const { rows } = await pool.query<{ id: string }>('select id from messages order by id');
  assert.deepEqual(
    rows.map(({ id }) => id),
    outstanding.toSorted(),
  );
  assert.deepEqual(await countLog(pool, small), {
    messages: 4,
    deliveries: 1,
    attempts: 2,
    message_event_ids: 0,
  });

  await pool.query(`update deliveries set state = 'failed', next_attempt_at = null`);
  await cut();
  assert.deepEqual(await countLog(pool, small), {
    messages: 3,
    deliveries: 0,
    attempts: 1,
    message_event_ids: 0,
  });
});

test('what a replay takes back while the log is cut stays, with its message', async () => {
  await using scene = await setScene();
  const { pool, small, cut } = scene;
  const [messageId = ''] = await addPast(pool, small, { daysAgo: KEPT_DAYS + 1, state: 'failed' });
  const { accountId, id: appId } = small.app;
  const key = { accountId, appId, messageId, endpointId: small.endpoint.id };
  const { cutting } = await transaction(pool, async (client) => {
    assert.ok(await rescheduleOne(client, key, { dueAt: new Date(), states: ['failed'] }));
    // Reads what was there before the replay, and dooms the message.
    const begun = { cutting: cut() };
    await someoneWaits(pool, '^delete from deliveries');
    return begun;
  });
  await cutting;
  const { rows } = await pool.query(
    'select state from deliveries d join messages m on m.account_id = d.account_id and m.id = message_id',
  );
  assert.deepEqual(rows, [{ state: 'scheduled' }]);
});

test('an attempt that is young stays when its message is old; a delivery goes with its message', async () => {
  await using scene = await setScene();
  const { pool, small, cut } = scene;
  const [messageId] = await addPast(pool, small, { daysAgo: KEPT_DAYS + 1, state: 'failed' });
  await pool.query(`update attempts set id = $1 where message_id = $2`, [
    uuidv7(Date.now() - DAY_MS),
    messageId,
  ]);
  // Left behind by a replay that took it back while its message went.
  await pool.query(
    `insert into deliveries select account_id, app_id, $1, endpoint_id, 'scheduled', 0, now() from deliveries`,
    [uuidv7(Date.now() - (KEPT_DAYS + 2) * DAY_MS)],
  );
  await cut();
  assert.deepEqual(await countLog(pool, small), {
    messages: 0,
    deliveries: 0,
    attempts: 1,
    message_event_ids: 0,
  });
});

test('an event id can be used again when its message is gone, and not before', async () => {
  await using scene = await setScene();
  const { pool, small, cut } = scene;
  await addPast(pool, small, { daysAgo: KEPT_DAYS + 1, eventId: 'order-1' });
  await assert.rejects(small.post({ eventId: 'order-1' }), { code: 'event_id_conflict' });
  await cut();
  assert.equal((await small.post({ eventId: 'order-1' })).isDuplicate, false);
});

test('a running replay ends when retention took what it was to send', async () => {
  await using scene = await setScene();
  const { server, pool, small, cut } = scene;
  await addPast(pool, small, { daysAgo: KEPT_DAYS + 1, state: 'held', count: 5 });
  const filter = { states: ['held'] as const };
  const { id } = await server.container.replays.start(small.endpoint, filter);
  await cut();
  await server.container.replayPacer.advance();
  const replay = await server.container.replays.get(small.endpoint, id);
  assert.deepEqual([replay.status, replay.done], ['done', 0]);
});

test('finished replays, requests of Hook Helpers and counts of hours and days go with their age', async () => {
  await using scene = await setScene();
  const { server, pool, small, cut } = scene;
  const { accountId, id: appId } = small.app;
  const helper = await server.container.hookHelpers.create(accountId, { label: 'Inbox' });
  for (const days of [KEPT_DAYS - 1, KEPT_DAYS + 1]) {
    const id = uuidv7(Date.now() - days * DAY_MS);
    await pool.query(
      `insert into hook_helper_requests (id, account_id, hook_helper_id, method, path, headers, body, signature, answered_status)
       values ($1, $2, $3, 'POST', '/', '[]', '', '{}', 200)`,
      [id, accountId, helper.id],
    );
    for (const status of ['done', 'running']) {
      await pool.query(
        `insert into replays (account_id, app_id, endpoint_id, id, status, states, from_message_id, to_message_id, total)
         values ($1, $2, $3, $4, $5, '{}', $4, $4, 0)`,
        [accountId, appId, uuidv7(0), uuidv7(Date.now() - days * DAY_MS), status],
      );
    }
  }
  for (const days of [399, 401]) {
    const hour = new Date(Date.now() - days * DAY_MS);
    await pool.query('insert into delivery_counts values ($1, $2, $2, $3, 1, 0)', [accountId, appId, hour]);
    await pool.query('insert into message_counts values ($1, $2, 0, 1)', [accountId, hour]);
  }
  await cut();
  const { rows } = await pool.query(
    `select (select count(*)::int from hook_helper_requests) as requests,
       (select count(*)::int from replays where status = 'done') as done,
       (select count(*)::int from replays where status = 'running') as running,
       (select count(*)::int from delivery_counts) as counts,
       (select count(*)::int from message_counts where account_id = $1) as days`,
    [accountId],
  );
  assert.deepEqual(rows, [{ requests: 1, done: 1, running: 2, counts: 1, days: 1 }]);
});

test('the uses of portal links go when the links would have expired', async () => {
  await using scene = await setScene();
  const { pool, small, large, cut } = scene;
  const HOUR_MS = 3_600_000;
  for (const { subscription } of [small, large]) {
    for (const hours of [-1, 1]) {
      const expiresAt = new Date(Date.now() + hours * HOUR_MS);
      await noteUse(pool, subscription, { id: uuidv7(Date.now()), expiresAt, now: new Date(0) });
    }
  }
  await cut();
  const { rows } = await pool.query<{ id: string; left: number }>(
    'select account_id as id, count(*)::int as left from portal_links_used group by account_id',
  );
  const left = Object.fromEntries(rows.map((row) => [row.id, row.left]));
  assert.deepEqual([left[small.app.accountId], left[large.app.accountId]], [1, 2]);
});

test('of the routing history stays what explains the messages that are kept', async () => {
  await using scene = await setScene();
  const { server, pool, small, cut } = scene;
  const { endpoints, subscriptions, explanations, messages } = server.container;
  const url = URL;
  const gone = await endpoints.create(small.subscription, { url, version: '1.0' });
  const other = await subscriptions.create(small.app, { name: 'Initech' });
  const late = await endpoints.create(other, { url, version: '1.0' });
  await endpoints.update(small.endpoint, { version: '2.0' });
  await endpoints.delete(gone);
  const [oldId = ''] = await addPast(pool, small, { daysAgo: KEPT_DAYS - 1 });
  await endpoints.update(small.endpoint, { version: '3.0' });
  await endpoints.delete(late);

  const explain = async () => {
    const considered = await explanations.explain(await messages.get(small.app, oldId));
    return considered.map(({ endpoint, reason }) => [endpoint.id, endpoint.version, reason]).toSorted();
  };
  const before = await explain();
  assert.equal(before.length, 2);
  await cut();
  assert.deepEqual(await explain(), before);
  assert.deepEqual(await history(pool), [
    [small.endpoint.id, '2.0', 'active'],
    [small.endpoint.id, '3.0', 'active'],
    [late.id, '1.0', 'active'],
    [late.id, '1.0', 'deleted'],
  ]);

  await pool.query('delete from messages');
  await cut();
  assert.deepEqual(await history(pool), [[small.endpoint.id, '3.0', 'active']]);
});

test('of a plan that is unknown nothing is deleted, and of an account that is gone nothing is asked', async () => {
  await using scene = await setScene();
  const { pool, small, cut } = scene;
  await addPast(pool, small, { daysAgo: 5 });
  await pool.query(`update accounts set plan = 'unheard-of'`);
  await assert.rejects(cut(), /no plan that we know/);
  assert.equal((await countLog(pool, small))['messages'], 1);
  await applyRetention(scene.server.container, uuidv7(0), new AbortController().signal);
});

/** Two accounts with an app, one on the plan hobby and one on scale; `cut` applies retention to the first. */
async function setScene() {
  const server = await startTestServer({ runs: 'web' });
  const { pool, models } = server.container;
  await ensurePartitions(pool, Date.now() - 7 * DAY_MS);
  const small = await createSubscribedApp(server, { url: URL });
  const large = await createSubscribedApp(server, { url: URL });
  await models.Account.update({ plan: 'hobby' }, { where: { id: small.app.accountId } });
  const cut = () => applyRetention(server.container, small.app.accountId, new AbortController().signal);
  return { server, pool, small, large, cut, [Symbol.asyncDispose]: () => disposeOf(server) };
}

const disposeOf = (server: TestServer) => server[Symbol.asyncDispose]();

async function countLog(pool: Pool, { app }: SubscribedApp): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of LOG) {
    const sql = `select count(*)::int as count from ${table} where account_id = $1`;
    const { rows } = await pool.query<{ count: number }>(sql, [app.accountId]);
    counts[table] = rows[0]?.count ?? 0;
  }
  return counts;
}

async function history(pool: Pool): Promise<[string, string, string][]> {
  const { rows } = await pool.query<{ id: string; version: string; status: string }>(
    `select endpoint_id as id, version, status from endpoint_revisions
     where account_id in (select id from accounts where plan = 'hobby') order by endpoint_id, revision`,
  );
  return rows.map(({ id, version, status }) => [id, version, status]);
}
