import type { PoolClient } from 'pg';
import { firstIdAt, timeOfId } from '../lib/ids.ts';
import type { Settlement } from './settlement.ts';

/**
 * Turns off the endpoints of these deliveries: at once when the receiver said that it is gone (410); after the last
 * attempt only if the endpoint has not succeeded with anything since the delivery began.
 */
export async function turnOffEndpoints(client: PoolClient, settlements: Settlement[]): Promise<void> {
  const rows = settlements.map(({ work, turnsOff }) => ({
    account_id: work.message.accountId,
    endpoint_id: work.endpointId,
    since_id: firstIdAt(timeOfId(work.message.id)),
    reason: turnsOff,
  }));
  await client.query({ name: 'turn-off-endpoints', text: TURN_OFF, values: [JSON.stringify(rows)] });
}

const TURN_OFF = `
  update endpoints set status = 'inactive', inactive_reason = x.reason, inactive_since = now()
  from json_to_recordset($1) as x(account_id uuid, endpoint_id uuid, since_id uuid, reason text)
  where endpoints.account_id = x.account_id and endpoints.id = x.endpoint_id and endpoints.status = 'active'
    and (x.reason = 'gone' or not exists (
      select 1 from attempts
      where attempts.account_id = x.account_id and attempts.endpoint_id = x.endpoint_id
        and attempts.id >= x.since_id and succeeded))`;
