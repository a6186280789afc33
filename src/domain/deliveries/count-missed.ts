import type { Pool } from 'pg';
import type { Missed } from './delivery.ts';

/** A page that shows this many says "at least". */
export const MAX_COUNTED = 10_000;

/**
 * How many deliveries an endpoint missed and could get by a replay, counted up to {@link MAX_COUNTED}. Reads the
 * partial index `deliveries_missed`.
 */
export async function countMissed(pool: Pool, endpoint: { accountId: string; id: string }): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from deliveries where account_id = $1 and endpoint_id = $2 and state in ('failed', 'held') limit $3
     ) missed`,
    [endpoint.accountId, endpoint.id, MAX_COUNTED],
  );
  return rows[0]?.count ?? 0;
}

/** How many deliveries an endpoint missed, by state. Reads the partial index `deliveries_missed`. */
export async function countMissedByState(
  pool: Pool,
  { accountId, endpointId }: { accountId: string; endpointId: string },
): Promise<Missed> {
  const { rows } = await pool.query<Missed>(
    `select count(*) filter (where state = 'failed')::int as failed,
       count(*) filter (where state = 'held')::int as held
     from deliveries where account_id = $1 and endpoint_id = $2 and state in ('failed', 'held')`,
    [accountId, endpointId],
  );
  return rows[0] ?? { failed: 0, held: 0 };
}
