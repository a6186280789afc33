import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { dropEmptyPartitions } from '#src/infra/database/drop-partitions.ts';
import { ensurePartitions } from '#src/infra/database/partitions.ts';
import { DailyRetention } from '#src/domain/retention/daily-retention.ts';
import { TEST_ENGINE } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { addPast } from '#test/support/old-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

test('every account’s log is cut once a day, however many workers poll', async () => {
  const clock = createJumpingClock();
  await using server = await startTestServer({ runs: 'web', clock });
  const { pool } = server.container;
  // And our own.
  for (let n = 0; n < 119; n += 1) await server.createAccount();
  const workers = [dailyRetention(server), dailyRetention(server), dailyRetention(server)];
  const lookAll = async () => {
    for (let left = true; left;)
      left = (await Promise.all(workers.map((worker) => worker.poll()))).some(Boolean);
  };
  await lookAll();
  await lookAll();
  assert.deepEqual(await jobsByAccount(pool), { accounts: 120, jobs: 120 });
  clock.jump(24);
  await lookAll();
  assert.deepEqual(await jobsByAccount(pool), { accounts: 120, jobs: 240 });
});

test('a worker cuts the log of its accounts', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool, models } = server.container;
  const subscribed = await createSubscribedApp(server, { url: 'https://acme.example/hook' });
  await models.Account.update({ plan: 'hobby' }, { where: { id: subscribed.app.accountId } });
  await addPast(pool, subscribed, { daysAgo: 4 });
  await using _worker = await startTestServer({ runs: 'worker', databaseUrl: server.databaseUrl });
  await eventually('the old message gone', async () => {
    const { rowCount } = await pool.query('select from messages');
    return rowCount === 0;
  });
});

test('partitions that are old and empty are dropped, and no others', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool } = server.container;
  const subscribed = await createSubscribedApp(server, { url: 'https://acme.example/hook' });
  await ensurePartitions(pool, Date.now() - 30 * WEEK_MS);
  await addPast(pool, subscribed, { daysAgo: 29 * 7, state: 'scheduled' });
  const before = await countPartitions(pool);

  await dropEmptyPartitions(pool, Date.now() - 28 * WEEK_MS);
  const dropped = (before['messages'] ?? 0) - ((await countPartitions(pool))['messages'] ?? 0);
  assert.ok(dropped >= 1);
  assert.equal((await pool.query('select from messages')).rowCount, 1);
  await pool.query('delete from messages');
  await dropEmptyPartitions(pool, Date.now() - 28 * WEEK_MS);
  assert.equal((before['messages'] ?? 0) - ((await countPartitions(pool))['messages'] ?? 0), dropped + 1);
});

const skip =
  TEST_ENGINE === 'citus' && 'Citus has no detach concurrently: citus.test.ts has what it does instead';

test('while somebody reads the table, a partition is dropped later, and nobody waits', { skip }, async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool } = server.container;
  await ensurePartitions(pool, Date.now() - 30 * WEEK_MS);
  const before = await countPartitions(pool);
  await using reader = await holdTransaction(pool);
  await reader.query('select from messages');
  const dropping = dropEmptyPartitions(pool, Date.now() - 28 * WEEK_MS);
  dropping.catch(() => undefined);
  await someoneWaits(pool, 'detach partition messages_');
  // Would stand in line behind a lock that is waited for.
  await pool.query('select from messages');
  const subscribed = await createSubscribedApp(server, { url: 'https://acme.example/hook' });
  await subscribed.post();
  assert.equal((await countPartitions(pool))['messages'], before['messages']);
  await reader.commit();
  await dropping;
  assert.ok(((await countPartitions(pool))['messages'] ?? 0) < (before['messages'] ?? 0));
});

test('what a detachment that was broken off left is dropped the next time', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool } = server.container;
  await ensurePartitions(pool, Date.now() - 30 * WEEK_MS);
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relispartition and relkind = 'r' and relname ~ '^messages_'
     order by relname limit 1`,
  );
  const name = rows[0]!.name;
  await pool.query(`alter table messages detach partition ${name}`);
  await dropEmptyPartitions(pool, Date.now() - 28 * WEEK_MS);
  assert.equal((await pool.query('select from pg_class where relname = $1', [name])).rowCount, 0);
});

function dailyRetention({ container: { pool, clock, logger, queue } }: TestServer): DailyRetention {
  return new DailyRetention({ pool, clock, logger, sendJob: queue.send });
}

async function jobsByAccount(pool: Pool) {
  const { rows } = await pool.query<{ accounts: number; jobs: number }>(
    `select count(distinct data->>'accountId')::int as accounts, count(*)::int as jobs from pgboss.job
     where name = 'account-retention'`,
  );
  return rows[0];
}

async function countPartitions(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string; count: number }>(
    `select inhparent::regclass::text as name, count(*)::int as count from pg_inherits
     where inhparent in ('messages'::regclass, 'attempts'::regclass) group by 1`,
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}
