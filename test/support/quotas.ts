import { changeAccountPlan, planNamed } from '#src/domain/accounts/plan-change.ts';
import { COUNTED_LIMITS, type Counted } from '#src/domain/plans/counted-limits.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { dayAt } from '#src/domain/quotas/month.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { TestServer } from './server.ts';

/**
 * As if the account had posted messages today, all but `left` of what its plan allows in a month. By SQL, because a
 * test cannot post ten thousand messages and more.
 */
export async function useMessagesBut(server: TestServer, accountId: string, left: number): Promise<void> {
  const { clock, models, pool } = server.container;
  const { plan } = await models.Account.findByPk(accountId, { rejectOnEmpty: true });
  const used = (findPlan(plan)?.messagesPerMonth ?? 0) - left;
  await pool.query('insert into message_counts (account_id, day, shard, messages) values ($1, $2, 99, $3)', [
    accountId,
    dayAt(clock.now()),
    used,
  ]);
}

/** What was counted for the account, on all days. */
export async function countedMessages({ container }: TestServer, accountId: string): Promise<number> {
  const { rows } = await container.pool.query<{ counted: number }>(
    'select coalesce(sum(messages), 0)::int as counted from message_counts where account_id = $1',
    [accountId],
  );
  return rows[0]?.counted ?? 0;
}

/** Changes the plan as Heroku does, so that a plan too small for what is in use is refused. */
export async function putOnPlan({ container }: TestServer, accountId: string, plan: string): Promise<void> {
  const { clock, pool } = container;
  await transaction(pool, (client) => changeAccountPlan({ client, clock }, accountId, planNamed(plan)));
}

/** A row of schemas has so many KB, so that there is room for more event types. */
const SCHEMA_KILOBYTES = 8;

/** SQL that inserts rows for numbers `n`; `$1` is the account, which has an app `app` and a subscription `sub`. */
const FILL: Record<Counted, string> = {
  apps: `apps (id, account_id, name) select gen_random_uuid(), $1, 'a'`,
  eventTypes: `webhook_events (id, account_id, app_id, event_type) select gen_random_uuid(), $1, app, 'e' || n`,
  schemaKilobytes: `webhook_events (id, account_id, app_id, event_type, schema)
    select gen_random_uuid(), $1, app, 's' || n, json_build_object('title', repeat('x', ${String(SCHEMA_KILOBYTES * 1024 - '{"title" : ""}'.length)}))`,
  subscriptions: `subscriptions (id, account_id, app_id, name) select gen_random_uuid(), $1, app, 'a'`,
  endpoints: `endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
    select gen_random_uuid(), $1, app, sub, '', '1', ''`,
  hookHelpers: `hook_helpers (id, account_id, label, token) select gen_random_uuid(), $1, 'a', gen_random_uuid()`,
};

/** Puts an account with an app and a subscription on the plan hobby, and gives it all that this allows, by SQL. */
export async function useUpRoom(server: TestServer, accountId: string, of: Counted): Promise<void> {
  await putOnPlan(server, accountId, 'hobby');
  const { pool } = server.container;
  const limit = COUNTED_LIMITS.find((one) => one.of === of);
  const step = of === 'schemaKilobytes' ? SCHEMA_KILOBYTES : 1;
  const { rows } = await pool.query<{ count: number }>(limit?.count ?? '', [accountId]);
  await pool.query(
    `with had as (select app_id as app, id as sub from subscriptions where account_id = $1 limit 1)
     insert into ${FILL[of]} from had, generate_series(1, $2::int, ${String(step)}) n`,
    [accountId, (findPlan('hobby')?.[of] ?? 0) - (rows[0]?.count ?? 0)],
  );
}

/**
 * Empties the token bucket of an account for the next 110 seconds, of messages or of samples. By SQL, because a bucket
 * that is emptied by requests has its next token before a slow machine sends one more.
 */
export async function emptyBucket(
  { container: { clock, pool } }: TestServer,
  table: 'publish_rates' | 'test_rates',
  accountId: string,
): Promise<void> {
  await pool.query(
    `insert into ${table} (account_id, full_at, granted) values ($1, $2, 0)
     on conflict (account_id) do update set full_at = $2`,
    [accountId, clock.now() / 1000 + 110],
  );
}
