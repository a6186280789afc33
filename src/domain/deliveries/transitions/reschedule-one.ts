import type { PoolClient } from 'pg';
import type { DeliveryKey, DeliveryState } from '#src/domain/deliveries/delivery.ts';

/**
 * Moves one delivery to `scheduled`, due at `dueAt`, with all its attempts to come: one in `states`, or, if
 * `hastensRetry`, one that is scheduled for later (its earlier job names another time, and is passed over). Answers
 * whether the delivery was one of these. The caller enqueues its job in the same transaction.
 */
export async function rescheduleOne(
  client: PoolClient,
  { accountId, appId, messageId, endpointId }: DeliveryKey,
  {
    dueAt,
    states,
    hastensRetry = true,
  }: { dueAt: Date; states: readonly DeliveryState[]; hastensRetry?: boolean },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update deliveries set state = 'scheduled', reason = null, attempts_made = 0, next_attempt_at = $4
     where account_id = $1 and message_id = $2 and endpoint_id = $3
       and (state = any($5)
         or ($6 and state = 'scheduled' and next_attempt_at > $4::timestamptz + interval '1 second'))`,
    [accountId, messageId, endpointId, dueAt, states, hastensRetry],
  );
  if (rowCount === 1 || !states.includes('delivered')) return rowCount === 1;
  const { rowCount: inserted } = await client.query(RESCHEDULE_WITHOUT_ROW, [
    accountId,
    appId,
    messageId,
    endpointId,
    dueAt,
  ]);
  return inserted === 1;
}

/**
 * Of a delivery without a row: it was delivered at its first attempt. The row is made of the attempt, because Citus
 * refuses rows of no table on a condition about one.
 */
const RESCHEDULE_WITHOUT_ROW = `
  insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
  select account_id, $2, message_id, endpoint_id, 'scheduled', 0, $5::timestamptz from attempts
  where account_id = $1 and message_id = $3 and endpoint_id = $4 and succeeded limit 1
  on conflict do nothing`;
