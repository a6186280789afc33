import type { PoolClient } from 'pg';
import type { DeliveryRef } from '#src/infra/queue/jobs.ts';

type Moved = Pick<DeliveryRef, 'messageId' | 'endpointId'>;

/**
 * Makes deliveries of an account that are scheduled for later due at `dueAt`, and answers them: those that are still
 * scheduled for the time that their job names. What is scheduled for later may be cancelled or replayed, because nobody
 * is sending it; so whoever brings a job forward brings its delivery forward with it, in one transaction.
 */
export async function bringForward(
  client: PoolClient,
  { accountId, refs, dueAt }: { accountId: string; refs: DeliveryRef[]; dueAt: Date },
): Promise<Moved[]> {
  const named = refs.map((ref) => ({
    message_id: ref.messageId,
    endpoint_id: ref.endpointId,
    was_due_at: ref.dueAt,
  }));
  const { rows } = await client.query<Moved>(BRING_FORWARD, [accountId, JSON.stringify(named), dueAt]);
  return rows;
}

/** In order, so that two processes do not deadlock. */
const BRING_FORWARD = `
  with named as materialized (
    select * from json_to_recordset($2) as x(message_id uuid, endpoint_id uuid, was_due_at timestamptz)
    order by message_id, endpoint_id
  )
  update deliveries set next_attempt_at = $3
  from named n
  where deliveries.account_id = $1 and deliveries.message_id = n.message_id
    and deliveries.endpoint_id = n.endpoint_id and deliveries.state = 'scheduled'
    and deliveries.next_attempt_at = n.was_due_at
  returning deliveries.message_id as "messageId", deliveries.endpoint_id as "endpointId"`;
