import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';

/** Replays that begin in one poll; other polls begin the others. */
const MAX_BEGUN = 200;
/** One process at a time, so that no two begin a replay of the same endpoint. The number is this lock's alone. */
const LOCK = 21_000_001;

/**
 * Begins the oldest queued replay of each endpoint that has none running. One whose endpoint was turned off or deleted
 * since is cancelled, because its deliveries would only be held again.
 */
export async function beginQueued(pool: Pool): Promise<void> {
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ isAlone: boolean }>(
      `select pg_try_advisory_xact_lock(${String(LOCK)}) as "isAlone"`,
    );
    if (rows[0]?.isAlone === true) await client.query(BEGIN);
  });
}

/** One that began meanwhile, because an endpoint was replayed, is waited for by the unique index, and fails this. */
const BEGIN = `
  with next as (
    select distinct on (account_id, endpoint_id) account_id, endpoint_id, id from replays queued
    where status = 'queued' and not exists (select from replays running
      where running.account_id = queued.account_id and running.endpoint_id = queued.endpoint_id
        and running.status = 'running')
    order by account_id, endpoint_id, id limit ${String(MAX_BEGUN)}
  )
  update replays set status = case when exists (select from endpoints
      where endpoints.account_id = replays.account_id and endpoints.id = replays.endpoint_id
        and endpoints.status = 'active') then 'running' else 'cancelled' end
  from next where replays.account_id = next.account_id and replays.id = next.id`;
