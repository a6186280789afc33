import type { PoolClient } from 'pg';
import type { IgnoreReason } from '#src/domain/deliveries/delivery.ts';
import { insertRows } from '#src/infra/database/insert-rows.ts';

/** A delivery that begins in a state in which nothing is sent, or waits in the queue of its endpoint. */
export interface KeptRow {
  message_id: string;
  endpoint_id: string;
  state: 'held' | 'ignored' | 'scheduled';
  reason: IgnoreReason | null;
  next_attempt_at: Date | null;
}

/**
 * Writes the `held`, `ignored` and queued deliveries of messages that were just inserted, as a part of that statement.
 *
 * @param accepted a CTE of the messages that were inserted: `account_id`, `app_id`, `id`
 * @param kept a placeholder of JSON, a list of {@link KeptRow}
 */
export const keepAtAccept = ({ accepted, kept }: { accepted: string; kept: string }) => `
    insert into deliveries (account_id, app_id, message_id, endpoint_id, state, reason, attempts_made, next_attempt_at)
    select account_id, app_id, message_id, x.endpoint_id, x.state, x.reason, 0, x.next_attempt_at
    from json_to_recordset(${kept}) as x(message_id uuid, endpoint_id uuid, state text, reason text,
      next_attempt_at timestamptz)
    join ${accepted} on ${accepted}.id = message_id`;

/** As {@link keepAtAccept}, in a statement of its own. */
export async function keepAccepted(
  client: PoolClient,
  kept: (KeptRow & { account_id: string; app_id: string })[],
): Promise<void> {
  const rows = kept.map((row) => ({ ...row, attempts_made: 0 }));
  await insertRows(client, 'deliveries', { rows });
}
