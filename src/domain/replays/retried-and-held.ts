import type { Pool } from 'pg';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { firstIdAt, timeOfId } from '#src/infra/lib/ids.ts';

/** No gap between two attempts is longer (`outbound-rules/retry-policy.ts`). */
const LONGEST_GAP_MS = 7 * 24 * 3_600_000;

/**
 * When the oldest message was accepted that was tried and is held now; null without any. Of the week before `since`
 * alone: what is older was held when the endpoint was turned off another time, and is left to whoever left it.
 */
export async function retriedAndHeldBefore(
  pool: Pool,
  { accountId, id }: Endpoint,
  since: Date,
): Promise<Date | null> {
  const { rows } = await pool.query<{ messageId: string }>(
    `select message_id as "messageId" from deliveries
     where account_id = $1 and endpoint_id = $2 and state = 'held' and attempts_made > 0
       and message_id >= $3 and message_id < $4
     order by message_id limit 1`,
    [accountId, id, firstIdAt(since.getTime() - LONGEST_GAP_MS), firstIdAt(since.getTime())],
  );
  const [oldest] = rows;
  return oldest === undefined ? null : new Date(timeOfId(oldest.messageId));
}
