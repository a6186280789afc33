import type { Pool } from 'pg';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';

/** When the oldest message was accepted that was tried and is held now; null without any. */
export async function retriedAndHeldSince(pool: Pool, { accountId, id }: Endpoint): Promise<Date | null> {
  const { rows } = await pool.query<{ messageId: string }>(
    `select message_id as "messageId" from deliveries
     where account_id = $1 and endpoint_id = $2 and state = 'held' and attempts_made > 0
     order by message_id limit 1`,
    [accountId, id],
  );
  const [oldest] = rows;
  return oldest === undefined ? null : new Date(timeOfId(oldest.messageId));
}
