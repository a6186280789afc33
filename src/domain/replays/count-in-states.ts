import type { Pool } from 'pg';
import type { ReplayableState } from '#src/domain/deliveries/delivery.ts';
import type { MissingSelection } from './missing-messages.ts';

interface InStates extends Omit<MissingSelection, 'cursorMessageId'> {
  states: readonly ReplayableState[];
}

/** Counts the deliveries of an endpoint that are in one of the states. */
export async function countInStates(
  pool: Pool,
  { accountId, appId, endpointId, fromMessageId, toMessageId, states, eventType }: InStates,
): Promise<{ total: number; isExact: true }> {
  const { rows } = await pool.query<{ total: number }>(
    `select count(*)::int as total from deliveries
     where account_id = $1 and endpoint_id = $3 and message_id >= $4 and message_id < $5 and state = any($6)
       and ($7::text is null or exists (select from messages
         where messages.account_id = $1 and messages.app_id = $2 and messages.id = message_id and event_type = $7))`,
    [accountId, appId, endpointId, fromMessageId, toMessageId, states, eventType],
  );
  return { total: rows[0]?.total ?? 0, isExact: true };
}
