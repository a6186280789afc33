import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { purgeAccount } from '#src/domain/accounts/purge.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { BackgroundJobs } from '#src/infra/queue/jobs.ts';
import { countMentions, fillEveryTable, tablesOfAccounts } from '#test/support/account-rows.ts';
import { eventually } from '#test/support/eventually.ts';
import { callPartner } from '#test/support/partner-calls.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

/** Rows beyond one batch are put into these. */
const LARGE = [
  'messages',
  'deliveries',
  'attempts',
  'message_event_ids',
  'delivery_counts',
  'replays',
  'hook_helper_requests',
  'endpoint_revisions',
];
const ROWS = 1200;

type Account = Awaited<ReturnType<TestServer['createAccount']>>;

test('of a removed resource nothing is left but the tombstone, in no table; its neighbour keeps all', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool } = server.container;
  const removed = await server.createAccount();
  const kept = await server.createAccount();
  const [removedIds = [], keptIds = []] = await Promise.all(
    [removed, kept].map((account) => fill(server, account)),
  );
  const [removedBefore, keptBefore] = [
    await countMentions(pool, removedIds),
    await countMentions(pool, keptIds),
  ];
  assert.deepEqual(removedBefore, keptBefore);
  for (const table of await tablesOfAccounts(pool)) assert.ok(removedBefore[table], `${table} has rows`);
  for (const table of LARGE) assert.ok((removedBefore[table] ?? 0) >= ROWS, `${table} has many rows`);

  await callPartner(server, `DELETE /${removed.resourceId.toUpperCase()}`);
  await purgeAccount(pool, await queuedPurge(pool, removed.accountId));

  const { ['pgboss.job']: purgeJobs, ...left } = await countMentions(pool, removedIds);
  assert.deepEqual(left, { heroku_resources: 1 });
  assert.equal(purgeJobs, 2, 'the purges themselves, which name a bare id');
  assert.deepEqual(await countMentions(pool, keptIds), keptBefore);
});

test('a worker purges what a removed resource left', async () => {
  await using server = await startTestServer();
  const { pool } = server.container;
  const { accountId, resourceId } = await server.createAccount();
  await addAttempts(pool, accountId, 3);
  const answer = await callPartner(server, `DELETE /${resourceId}`);
  assert.equal(answer.status, 204);
  await eventually('all attempts destroyed', async () => (await countAttempts(pool, accountId)) === 0);
});

test('a purge that runs again removes what came late', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool } = server.container;
  const { accountId, resourceId } = await server.createAccount();
  await callPartner(server, `DELETE /${resourceId}`);
  await purgeAccount(pool, { accountId, resourceId });
  await addAttempts(pool, accountId, 3);
  await purgeAccount(pool, { accountId, resourceId });
  assert.equal(await countAttempts(pool, accountId), 0);
});

test('a purge whose worker was killed is rescued by another, and goes on where it was', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool } = server.container;
  const { accountId, resourceId } = await server.createAccount();
  const all = 30_000;
  await addAttempts(pool, accountId, all);
  await callPartner(server, `DELETE /${resourceId}`);
  const { databaseUrl } = server;
  await using victim = await startServerProcess({ databaseUrl, entry: 'worker' });
  await eventually('a purge under way', async () => (await countAttempts(pool, accountId)) < all);
  victim.program.kill('SIGKILL');
  await victim.program.ended;
  assert.ok((await countAttempts(pool, accountId)) > 0, 'killed in the middle');

  // What pg-boss does when a job's process has not said for a minute that it is alive.
  const { rowCount } = await pool.query(
    `update pgboss.job set state = 'retry', start_after = pgboss.job_now()
     where name = 'account-purge' and state = 'active' and heartbeat_seconds = 60`,
  );
  assert.equal(rowCount, 1);
  await using _another = await startServerProcess({ databaseUrl, entry: 'worker' });
  await eventually(
    'all attempts destroyed',
    async () => (await countAttempts(pool, accountId)) === 0,
    30_000,
  );
});

test('a purge ends early when its process stops, between two batches', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool } = server.container;
  const { accountId, resourceId } = await server.createAccount();
  await addAttempts(pool, accountId, 20_000);
  await callPartner(server, `DELETE /${resourceId}`);
  const ending = new AbortController();
  const purge = purgeAccount(pool, { accountId, resourceId }, ending.signal);
  await eventually('under way', async () => (await countAttempts(pool, accountId)) < 20_000);
  ending.abort();
  await assert.rejects(purge, { name: 'AbortError' });
  assert.ok((await countAttempts(pool, accountId)) > 0);
});

test('the account of a living resource is not purged', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { accountId, resourceId } = await server.createAccount();
  const purge = purgeAccount(server.container.pool, { accountId, resourceId });
  await assert.rejects(purge, /not deprovisioned/);
});

/** Everything that can be of an account: rows in every table, and jobs in every queue, none of them due. */
async function fill({ container: { pool, queue } }: TestServer, account: Account): Promise<string[]> {
  const { accountId, resourceId } = account;
  const ids = await fillEveryTable(pool, account, { tables: LARGE, rows: ROWS });
  const { rows } = await pool.query<{ appId: string; messageId: string; endpointId: string }>(
    `select app_id as "appId", message_id as "messageId", endpoint_id as "endpointId" from deliveries
     where account_id = $1 order by message_id limit 1`,
    [accountId],
  );
  const { appId, messageId, endpointId } = rows[0]!;
  const startAfterSeconds = 3600;
  const message = { accountId, appId, messageIds: [messageId] };
  const delivery = {
    accountId,
    appId,
    messageId,
    endpointId,
    attemptsMade: 1,
    dueAt: '',
    trigger: 'automatic' as const,
  };
  await transaction(pool, async (client) => {
    const id = () => uuidv7(Date.now());
    await queue.insert('deliver', [{ id: id(), data: { messages: [message] }, startAfterSeconds }], client);
    await queue.insert('retry', [{ id: id(), data: { deliveries: [delivery] }, startAfterSeconds }], client);
    await queue.send('account-retention', { accountId }, { client, startAfterSeconds });
    const mails = await client.query<{ mailId: string }>(
      'select id as "mailId" from mails where account_id = $1',
      [accountId],
    );
    await queue.send('mail', mails.rows[0]!, { client, startAfterSeconds });
    for (const name of ['heroku-authorization', 'heroku-config', 'heroku-sync'] as const) {
      await queue.send(name, { resourceId }, { client, startAfterSeconds });
    }
  });
  return ids;
}

async function queuedPurge(pool: Pool, accountId: string): Promise<BackgroundJobs['account-purge']> {
  const { rows } = await pool.query<{ data: BackgroundJobs['account-purge'] }>(
    `select data from pgboss.job where name = 'account-purge' and data->>'accountId' = $1`,
    [accountId],
  );
  assert.equal(rows.length, 2);
  return rows[0]!.data;
}

async function addAttempts(pool: Pool, accountId: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, () => uuidv7(Date.now()));
  await pool.query(
    `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, event_type, attempt_number,
       succeeded, duration_ms)
     select $1, $1, id, id, $1, $1, 'order.paid', 1, true, 5 from unnest($2::uuid[]) id`,
    [accountId, ids],
  );
}

async function countAttempts(pool: Pool, accountId: string): Promise<number> {
  const sql = 'select count(*)::int as count from attempts where account_id = $1';
  const { rows } = await pool.query<{ count: number }>(sql, [accountId]);
  return rows[0]!.count;
}
