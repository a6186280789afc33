import type { PoolClient } from 'pg';
import type { RunningReplay } from '#src/domain/deliveries/transitions/reschedule.ts';

type Scope = Pick<RunningReplay, 'accountId' | 'endpointId'>;

/**
 * How many of an endpoint's deliveries still wait for their first attempt, counted up to `upTo`: what this replay handed
 * on, or one that was cancelled before it, and what was put off because the endpoint cannot take more.
 */
export async function countOutstanding(
  client: PoolClient,
  { accountId, endpointId }: Scope,
  { upTo }: { upTo: number },
): Promise<number> {
  const { rows } = await client.query<{ outstanding: number }>(
    `select count(*)::int as outstanding from (
       select from deliveries where account_id = $1 and endpoint_id = $2 and state = 'scheduled' and attempts_made = 0
         limit $3) counted`,
    [accountId, endpointId, upTo],
  );
  return rows[0]?.outstanding ?? 0;
}
