import type { PoolClient } from 'pg';
import { insertRows } from '#src/infra/database/insert-rows.ts';

/**
 * Writes `held` deliveries of messages that were just inserted, as a part of that statement.
 *
 * @param accepted a CTE of the messages that were inserted: `account_id`, `app_id`, `id`
 * @param held a placeholder of JSON, `[{message_id, endpoint_id}]`
 */
export const holdAtAccept = ({ accepted, held }: { accepted: string; held: string }) => `
    insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
    select account_id, app_id, message_id, x.endpoint_id, 'held', 0
    from json_to_recordset(${held}) as x(message_id uuid, endpoint_id uuid)
    join ${accepted} on ${accepted}.id = message_id`;

interface HeldDelivery {
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
}

/** As {@link holdAtAccept}, in a statement of its own. */
export async function holdAccepted(client: PoolClient, held: HeldDelivery[]): Promise<void> {
  const rows = held.map(({ accountId, appId, messageId, endpointId }) => ({
    account_id: accountId,
    app_id: appId,
    message_id: messageId,
    endpoint_id: endpointId,
    state: 'held',
    attempts_made: 0,
  }));
  await insertRows(client, 'deliveries', { rows });
}
