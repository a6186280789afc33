import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, mock, test } from 'node:test';
import pg from 'pg';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { returnJobs } from '#src/pipeline/fetch/return-jobs.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import type { DeliveryJobData, DeliveryQueue } from '#src/infra/queue/jobs.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { callPartner } from '#test/support/partner-calls.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { workFor } from '#test/support/outcomes.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const web = await startTestServer({ runs: 'web' });
after(() => web[Symbol.asyncDispose]());
const { clock, pool, queue } = web.container;
const startWorker = () => startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl });

const POLL_MS = 1000;
const A_DAY_MS = 86_400_000;

/** Far enough for its own job not to come due during the test, which writes the jobs itself. */
const later = () => new Date(Date.now() + 3_600_000);

async function insertJobs(name: DeliveryQueue, all: DeliveryJobData[], startAfterSeconds = 0): Promise<void> {
  const jobs = all.map((data) => ({ id: randomUUID(), data, startAfterSeconds }));
  await transaction(pool, (client) => queue.insert(name, jobs, client));
}

async function dueJobs(): Promise<number> {
  const { rows } = await pool.query<{ jobs: number }>(
    `select count(*)::int as jobs from pgboss.job
     where name in ('deliver', 'retry') and start_after < now() + interval '10 minutes'`,
  );
  return rows[0]?.jobs ?? 0;
}

test('of the jobs that name a retry only the one that knows its due time sends it', async () => {
  await using receiver = await startReceiver();
  const { app, endpoint, post } = await createSubscribedApp(web, { url: receiver.url });
  const { message } = await post({ deliverAt: later() });
  const dueAt = new Date();
  const [accountId, appId, messageId, endpointId] = [app.accountId, app.id, message.id, endpoint.id];
  await pool.query(`insert into deliveries values ($1, $2, $3, $4, 'scheduled', 2, $5)`, [
    accountId,
    appId,
    messageId,
    endpointId,
    dueAt,
  ]);
  const ref = { accountId, appId, messageId, endpointId, trigger: 'automatic' as const };
  const job = (attemptsMade: number, agoMs: number) => ({
    deliveries: [{ ...ref, attemptsMade, dueAt: new Date(dueAt.getTime() - agoMs).toISOString() }],
  });
  // One was overtaken by an attempt, one was snoozed, one is right.
  await insertJobs('retry', [job(1, 60_000), job(2, 5000), job(2, 0)]);

  await using _worker = await startWorker();
  await receiver.nextRequest();
  await eventually('without due jobs', async () => (await dueJobs()) === 0);

  assert.equal(receiver.requests.length, 1);
  assert.equal(receiver.requests[0]?.headers['hostedhooks-attempt'], '3');
  const [delivery] = await deliveriesOf(pool, message);
  assert.deepEqual([delivery?.state, delivery?.attemptsMade], ['delivered', 3]);
});

test('of a rescued message only the deliveries that are outstanding are sent', async () => {
  await using one = await startReceiver();
  await using two = await startReceiver();
  const { app, endpoint, post, subscription } = await createSubscribedApp(web, { url: one.url });
  const second = await web.container.endpoints.create(subscription, { url: two.url, version: '1.0' });
  const { message } = await post({ deliverAt: later() });
  await pool.query(`insert into deliveries values ($1, $2, $3, $4, 'delivered', 1, null)`, [
    app.accountId,
    app.id,
    message.id,
    endpoint.id,
  ]);
  await insertJobs('deliver', [
    { messages: [{ accountId: app.accountId, appId: app.id, messageIds: [message.id] }] },
  ]);

  await using _worker = await startWorker();
  await two.nextRequest();
  await eventually('without due jobs', async () => (await dueJobs()) === 0);

  assert.equal(one.requests.length, 0);
  assert.equal(two.requests.length, 1);
  const deliveries = await deliveriesOf(pool, message);
  assert.ok(deliveries.every(({ attemptsMade, state }) => state === 'delivered' && attemptsMade === 1));
  assert.ok(deliveries.some(({ endpointId }) => endpointId === second.id));
});

test('a job may be due after next to no time', async () => {
  await insertJobs('retry', [{ deliveries: [] }], 1e-7);
  assert.equal(await dueJobs(), 1);
  await pool.query(`delete from pgboss.job where name = 'retry'`);
});

test(
  'a returned job is due at once, and workers are notified; a lease that was rescued meanwhile is left alone',
  { timeout: 10_000 },
  async () => {
    const subscribed = await createSubscribedApp(web, { url: 'https://receiver.example/' });
    const [held, lost] = [workFor(subscribed).lease, workFor(subscribed).lease];
    await transaction(pool, (client) =>
      queue.insert('deliver', [{ id: held.jobId, data: held.data, startAfterSeconds: 3600 }], client),
    );
    const listener = new pg.Client({ connectionString: web.databaseUrl });
    await listener.connect();
    try {
      await listener.query('listen deliveries');
      const told = new Promise((resolve) => listener.once('notification', resolve));
      const before = await dueJobs();
      await returnJobs([held, lost], { pool, queue, clock });
      await told;
      assert.equal(await dueJobs(), before + 1);
    } finally {
      await listener.end();
      await pool.query(`delete from pgboss.job where name = 'deliver' and start_after < now()`);
    }
  },
);

test('messages of web reach a worker by notice, without a poll', async () => {
  stopPolls();
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(web, { url: receiver.url });
  await using _worker = await startWorker();
  for (let count = 1; count <= 4; count += 1) {
    await post();
    await receiver.nextRequest();
  }
  mock.restoreAll();
});

/** No poll follows the first one. */
function stopPolls(): void {
  const { setTimeout } = globalThis;
  mock.method(globalThis, 'setTimeout', (callback: () => void, ms?: number) =>
    setTimeout(callback, ms === POLL_MS ? A_DAY_MS : ms),
  );
}

test('a removed resource is purged twice: the second time for what was in flight', async () => {
  const { accountId, resourceId } = await web.createAccount();
  assert.equal((await callPartner(web, `DELETE /${resourceId}`)).status, 204);
  const { rows } = await pool.query<{ seconds: number }>(
    `select extract(epoch from start_after - now())::float as seconds from pgboss.job
     where name = 'account-purge' and data->>'accountId' = $1 order by 1`,
    [accountId],
  );
  const [first, second] = rows.map(({ seconds }) => seconds);
  assert.equal(rows.length, 2);
  assert.ok(first !== undefined && first <= 0);
  assert.ok(second !== undefined && second > 120, 'longer than an attempt and its lease');
});

test('several releases at the same time make an empty database ready', async () => {
  await using database = await createTestDatabase({ isEmpty: true });
  await Promise.all(Array.from({ length: 4 }, () => prepareDatabase(database.url)));
  await using server = await startTestServer({ databaseUrl: database.url });
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
});
