import type { Pool } from 'pg';
import type { Missed } from './delivery.ts';

/** How much each of the endpoints missed, by endpoint, counted up to `upTo` each; one that missed nothing is absent. */
export async function countMissed(
  pool: Pool,
  { accountId, endpointIds }: { accountId: string; endpointIds: string[] },
  { upTo }: { upTo: number },
): Promise<Map<string, Missed>> {
  if (endpointIds.length === 0) return new Map();
  const { rows } = await pool.query<Missed & { endpointId: string }>(MISSED, [accountId, endpointIds, upTo]);
  return new Map(rows.map(({ endpointId, failed, held }) => [endpointId, { failed, held }]));
}

/** Reads the partial index `deliveries_missed`. */
const MISSED = `
  select shown.endpoint_id as "endpointId", missed.failed, missed.held
  from unnest($2::uuid[]) as shown(endpoint_id) cross join lateral (
    select count(*) filter (where state = 'failed')::int as failed,
      count(*) filter (where state = 'held')::int as held
    from (select state from deliveries
      where deliveries.account_id = $1 and deliveries.endpoint_id = shown.endpoint_id
        and state in ('failed', 'held') limit $3 offset 0) counted
  ) missed where missed.failed + missed.held > 0`;
