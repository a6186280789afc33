import type { PoolClient } from 'pg';

/**
 * How many of an endpoint's scheduled deliveries still wait for their first attempt, counted up to `upTo`: what replays
 * have scheduled, and what was snoozed. Reads the partial index `deliveries_scheduled`.
 */
export async function countUnattempted(
  client: PoolClient,
  { accountId, endpointId }: { accountId: string; endpointId: string },
  { upTo }: { upTo: number },
): Promise<number> {
  const { rows } = await client.query<{ unattempted: number }>(
    `select count(*)::int as unattempted from (
       select from deliveries where account_id = $1 and endpoint_id = $2 and state = 'scheduled' and attempts_made = 0
         limit $3) counted`,
    [accountId, endpointId, upTo],
  );
  return rows[0]?.unattempted ?? 0;
}
