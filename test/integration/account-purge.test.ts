import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { purgeAccount } from '#src/accounts/purge.ts';
import { uuidv7 } from '#src/lib/ids.ts';
import { eventually } from '#test/support/eventually.ts';
import { callPartner } from '#test/support/partner-calls.ts';
import { startTestServer } from '#test/support/server.ts';

/** More than one batch. */
const ROWS = 1200;

test('a removed resource loses all its data by a job, and its neighbour nothing', async () => {
  await using server = await startTestServer();
  const { pool } = server.container;
  const removed = await server.createAccount();
  const kept = await server.createAccount();
  for (const { accountId } of [removed, kept]) await addData(pool, accountId);
  const before = await countRows(pool, kept.accountId);
  assert.deepEqual(await countRows(pool, removed.accountId), before);

  const answer = await callPartner(server, `DELETE /${removed.resourceId}`);
  assert.equal(answer.status, 204);
  await eventually('all data of the account destroyed', async () => {
    const counts = await countRows(pool, removed.accountId);
    return Object.values(counts).every((count) => count === 0);
  });
  assert.deepEqual(await countRows(pool, kept.accountId), before);
});

test('a purge that runs again removes what came late', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { pool } = server.container;
  const { accountId, resourceId } = await server.createAccount();
  await callPartner(server, `DELETE /${resourceId}`);
  await purgeAccount(pool, accountId);
  await addAttempts(pool, accountId, 3);
  await purgeAccount(pool, accountId);
  assert.equal((await countRows(pool, accountId))['attempts'], 0);
});

test('the account of a living resource is not purged', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { accountId } = await server.createAccount();
  await assert.rejects(purgeAccount(server.container.pool, accountId), /not deprovisioned/);
});

async function addData(pool: Pool, accountId: string): Promise<void> {
  const [appId, subscriptionId, helperId] = [randomUUID(), randomUUID(), randomUUID()];
  const statements: [sql: string, ...values: unknown[]][] = [
    [`insert into apps (id, account_id, name) values ($2, $1, 'Shop')`, appId],
    [
      `insert into subscriptions (id, account_id, app_id, name) values ($2, $1, $3, 'Acme')`,
      subscriptionId,
      appId,
    ],
    [
      `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
       values (gen_random_uuid(), $1, $3, $2, 'https://acme.example/hook', '1.0', '')`,
      subscriptionId,
      appId,
    ],
    [
      `insert into hook_helpers (id, account_id, label, token) values ($2::uuid, $1, 'Inbox', $2::text)`,
      helperId,
    ],
    [
      `insert into hook_helper_requests (id, account_id, hook_helper_id, method, path, headers, body)
       values (gen_random_uuid(), $1, $2, 'POST', '/', '[]', '')`,
      helperId,
    ],
    [
      `insert into message_event_ids select $1, $2, n::text, gen_random_uuid() from generate_series(1, $3) n`,
      appId,
      ROWS,
    ],
    [
      `insert into delivery_counts select $1, $2, $2, now() + n * interval '1 hour', 1, 0
       from generate_series(1, $3) n`,
      appId,
      ROWS,
    ],
  ];
  for (const [sql, ...values] of statements) await pool.query(sql, [accountId, ...values]);
  const ids = Array.from({ length: ROWS }, () => uuidv7(Date.now()));
  await pool.query(
    `insert into messages (account_id, app_id, id, event_type, version, override_payload, endpoint_ids,
       deliveries_count, data, routing_revision)
     select $1, $2, id, 'order.paid', '1.0', false, '{}', 0, '{}', 1 from unnest($3::uuid[]) id`,
    [accountId, appId, ids],
  );
  await pool.query(
    `insert into deliveries select $1, $2, id, $2, 'delivered', 1, null from unnest($3::uuid[]) id`,
    [accountId, appId, ids],
  );
  await addAttempts(pool, accountId, ROWS);
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

/** Of every table that names the account, whichever tables there are. */
async function countRows(pool: Pool, accountId: string): Promise<Record<string, number>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and a.attname = 'account_id' and not a.attisdropped order by 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const sql = `select count(*)::int as count from ${name} where account_id = $1`;
    const { rows } = await pool.query<{ count: number }>(sql, [accountId]);
    counts[name] = rows[0]!.count;
  }
  const { rowCount } = await pool.query('select from accounts where id = $1', [accountId]);
  return { ...counts, accounts: rowCount ?? 0 };
}
