import type { PoolClient } from 'pg';
import type { RunningReplay } from './reschedule.ts';

type Scope = Pick<RunningReplay, 'accountId' | 'endpointId' | 'fromMessageId' | 'cursorMessageId'>;

/**
 * How many deliveries that a replay has passed by still wait for their first attempt, counted up to `upTo`: what it handed
 * on itself, and what was put off because the endpoint cannot take more.
 */
export async function countOutstanding(
  client: PoolClient,
  { accountId, endpointId, fromMessageId, cursorMessageId }: Scope,
  { upTo }: { upTo: number },
): Promise<number> {
  const { rows } = await client.query<{ outstanding: number }>(
    `select count(*)::int as outstanding from (
       select from deliveries where account_id = $1 and endpoint_id = $2 and state = 'scheduled' and attempts_made = 0
         and message_id >= $3 and message_id <= $4 limit $5) counted`,
    [accountId, endpointId, fromMessageId, cursorMessageId, upTo],
  );
  return rows[0]?.outstanding ?? 0;
}
