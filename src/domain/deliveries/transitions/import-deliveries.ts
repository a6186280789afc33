import type { PoolClient } from 'pg';
import {
  type DeliveryState,
  type IgnoreReason,
  isOutstandingState,
  type StoredState,
} from '#src/domain/deliveries/delivery.ts';

/** A delivery of an import, as the statement takes it. */
export interface ImportedDelivery {
  account_id: string;
  app_id: string;
  message_id: string;
  endpoint_id: string;
  state: StoredState;
  reason: IgnoreReason | null;
  attempts_made: number;
}

/** The state that a delivery has after an import: what was outstanding is held, because an import sends nothing. */
export function importedState(state: DeliveryState): StoredState {
  return isOutstandingState(state) ? 'held' : state;
}

/** Writes imported deliveries; those that are there stay as they are. Answers how many were not there. */
export async function importDeliveries(client: PoolClient, rows: ImportedDelivery[]): Promise<number> {
  const { rows: written } = await client.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, reason, attempts_made)
     select * from json_to_recordset($1) as x(account_id uuid, app_id uuid, message_id uuid, endpoint_id uuid,
       state text, reason text, attempts_made smallint) on conflict do nothing returning message_id`,
    [JSON.stringify(rows)],
  );
  return written.length;
}
