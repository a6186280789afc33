import type { Pool } from 'pg';
import { ATTEMPTED_AT } from './attempt-rows.ts';
import type { LatestAttempt } from './latest-of-deliveries.ts';

/** The latest attempt at each of the endpoints that had one, by endpoint: one step in an index each. */
export async function latestOfEndpoints(
  pool: Pool,
  accountId: string,
  endpointIds: string[],
): Promise<Map<string, LatestAttempt>> {
  if (endpointIds.length === 0) return new Map();
  const { rows } = await pool.query<LatestAttempt>(LATEST, [accountId, endpointIds]);
  return new Map(rows.map((row) => [row.endpointId, row]));
}

const LATEST = `
  select latest.* from unnest($2::uuid[]) as shown(endpoint_id) cross join lateral (
    select id, endpoint_id as "endpointId", ${ATTEMPTED_AT} as "attemptedAt", status_code as "statusCode",
      coalesce(outcome, 'status') as outcome
    from attempts where attempts.account_id = $1 and attempts.endpoint_id = shown.endpoint_id
    order by id desc limit 1 offset 0
  ) latest`;
