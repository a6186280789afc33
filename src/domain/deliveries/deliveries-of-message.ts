import type { Pool } from 'pg';
import type { Message } from '#src/domain/messages/message.ts';
import type { Delivery } from './delivery.ts';

type Addressed = Pick<Message, 'id' | 'accountId' | 'endpointIds'>;

/**
 * One delivery for each endpoint that the message goes to or would have gone to. A delivery without a row was delivered
 * at its first attempt, or is pending.
 */
export async function deliveriesOf(pool: Pool, message: Addressed): Promise<Delivery[]> {
  const { rows } = await pool.query<Omit<Delivery, 'messageId'>>(
    `select endpoint_id as "endpointId", state, attempts_made as "attemptsMade",
       next_attempt_at as "nextAttemptAt"
     from deliveries where account_id = $1 and message_id = $2
     union all
     select endpoint_id, 'delivered', attempt_number, null
     from attempts where account_id = $1 and message_id = $2 and endpoint_id = any($3) and succeeded
       and not exists (select from deliveries where deliveries.account_id = $1 and deliveries.message_id = $2
         and deliveries.endpoint_id = attempts.endpoint_id)`,
    [message.accountId, message.id, message.endpointIds],
  );
  const known = new Map(rows.map((row) => [row.endpointId, row]));
  const endpointIds = new Set([...message.endpointIds, ...known.keys()]);
  return [...endpointIds].map((endpointId) => ({
    messageId: message.id,
    ...(known.get(endpointId) ?? { endpointId, state: 'pending', attemptsMade: 0, nextAttemptAt: null }),
  }));
}
