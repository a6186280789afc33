import type { PoolClient } from 'pg';
import type { DeliveryKey } from '#src/domain/deliveries/delivery.ts';

type MessageKey = Omit<DeliveryKey, 'endpointId'>;

/** The endpoints whose deliveries of the message are scheduled; locks these. */
export async function lockScheduled(
  client: PoolClient,
  { accountId, messageId }: MessageKey,
): Promise<string[]> {
  const { rows } = await client.query<{ endpointId: string }>(
    `select endpoint_id as "endpointId" from deliveries
     where account_id = $1 and message_id = $2 and state = 'scheduled' order by endpoint_id for update`,
    [accountId, messageId],
  );
  return rows.map(({ endpointId }) => endpointId);
}

/**
 * Moves deliveries of a message that nobody is sending to `ignored`, and answers how many: those of the endpoints in
 * `waiting`, whose queues do not release them any more; those that are scheduled for later; and, of a message that is
 * to be sent later, all that have no row. Later is more than a second from now by the database's clock, because a job
 * may come due a little before the time that it names.
 */
export async function cancelWaiting(
  client: PoolClient,
  { accountId, appId, messageId }: MessageKey,
  waiting: readonly string[],
): Promise<number> {
  const { rowCount: scheduled } = await client.query(CANCEL_SCHEDULED, [accountId, messageId, waiting]);
  const { rowCount: pending } = await client.query(CANCEL_PENDING, [accountId, appId, messageId]);
  return (scheduled ?? 0) + (pending ?? 0);
}

const LATER = `clock_timestamp() + interval '1 second'`;

const CANCEL_SCHEDULED = `
  update deliveries set state = 'ignored', reason = 'cancelled', next_attempt_at = null
  where account_id = $1 and message_id = $2 and state = 'scheduled'
    and (endpoint_id = any($3) or next_attempt_at > ${LATER})`;

const CANCEL_PENDING = `
  insert into deliveries (account_id, app_id, message_id, endpoint_id, state, reason, attempts_made)
  select m.account_id, m.app_id, m.id, to_endpoint.id, 'ignored', 'cancelled', 0
  from messages m cross join unnest(m.endpoint_ids) as to_endpoint(id)
  where m.account_id = $1 and m.app_id = $2 and m.id = $3 and m.deliver_at > ${LATER}
  on conflict (account_id, message_id, endpoint_id) do nothing`;
