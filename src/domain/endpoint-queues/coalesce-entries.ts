import type { PoolClient } from 'pg';
import { ignoreSuperseded, lockScheduledOf } from '#src/domain/deliveries/transitions/ignore-superseded.ts';
import type { QueueKey } from './queue-wakes.ts';

/** Entries that are looked at at once. */
const MAX_ENTRIES = 500;

/**
 * Takes those out of a locked queue that wait and have a newer one with their key; their deliveries become `ignored`.
 * What a person replays stays. Looks only at the keys of what has entered since. Answers whether more is to be done.
 * Deliveries are locked before their entries, as settling does.
 */
export async function coalesceEntries(
  client: PoolClient,
  { accountId, endpointId }: QueueKey,
): Promise<boolean> {
  const { rows: entered } = await client.query<{ messageId: string; key: string }>(ENTERED, [
    accountId,
    endpointId,
  ]);
  if (entered.length === 0) return false;
  const keys = [...new Set(entered.map(({ key }) => key))];
  const { rows: older } = await client.query<{ messageId: string }>(OLDER, [accountId, endpointId, keys]);
  if (older.length > 0) {
    const endpoint = { accountId, endpointId };
    const locked = await lockScheduledOf(client, endpoint, older.map(idOf));
    const { rows: left } = await client.query<{ messageId: string }>(LEAVE, [accountId, endpointId, locked]);
    await ignoreSuperseded(client, endpoint, left.map(idOf));
  }
  if (older.length === MAX_ENTRIES) return true;
  await client.query(MARK, [accountId, endpointId, entered.map(idOf)]);
  return entered.length === MAX_ENTRIES;
}

const idOf = ({ messageId }: { messageId: string }) => messageId;

const ENTERED = `
  select message_id as "messageId", coalesce_key as key from queue_entries
  where account_id = $1 and endpoint_id = $2 and coalesce_key is not null and not is_coalesced
  order by message_id limit ${String(MAX_ENTRIES)}`;

const OLDER = `
  select message_id as "messageId" from queue_entries older
  where account_id = $1 and endpoint_id = $2 and coalesce_key = any($3) and released_at is null
    and trigger <> 'replay' and exists (
      select from queue_entries newer where newer.account_id = $1 and newer.endpoint_id = $2
        and newer.coalesce_key = older.coalesce_key and newer.message_id > older.message_id)
  order by message_id limit ${String(MAX_ENTRIES)}`;

const LEAVE = `
  delete from queue_entries
  where account_id = $1 and endpoint_id = $2 and message_id = any($3) and released_at is null
  returning message_id as "messageId"`;

const MARK = `
  update queue_entries set is_coalesced = true
  where account_id = $1 and endpoint_id = $2 and message_id = any($3)`;
