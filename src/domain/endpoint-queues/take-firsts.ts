import type { PoolClient } from 'pg';
import type { EntryKey } from './queue-entries.ts';

/** A delivery of an endpoint that ignores duplicates. */
export interface ComparedDelivery extends EntryKey {
  /** Equal for those that are the same. */
  hash: string;
  windowSeconds: number;
}

/**
 * Writes down which of these deliveries of one account, and of those before them, is the first of its kind within the
 * window; in the transaction that schedules them, after it. A concurrent one of the same kind waits for this
 * transaction. The keys are taken in their order, so that no two transactions wait for each other.
 */
export async function takeFirsts(
  client: PoolClient,
  accountId: string,
  deliveries: readonly ComparedDelivery[],
): Promise<void> {
  const rows = deliveries.map(({ messageId, endpointId, hash, windowSeconds }) => ({
    message_id: messageId,
    endpoint_id: endpointId,
    hash,
    window_seconds: windowSeconds,
  }));
  await client.query(TAKE, [accountId, JSON.stringify(rows)]);
}

/** `seen_at`: Citus allows no function where it says which row is updated. */
const TAKE = `
  insert into deduplication_keys as seen (account_id, endpoint_id, hash, message_id, seen_at, expires_at)
  select distinct on (x.endpoint_id, x.hash) $1::uuid, x.endpoint_id, x.hash, found.message_id, now(),
    now() + x.window_seconds * interval '1 second'
  from json_to_recordset($2) as x(message_id uuid, endpoint_id uuid, hash text, window_seconds integer)
  cross join lateral (
    select message_id from deliveries
    where deliveries.account_id = $1 and deliveries.message_id = x.message_id
      and deliveries.endpoint_id = x.endpoint_id and state = 'scheduled'
    offset 0
  ) found
  order by x.endpoint_id, x.hash, found.message_id
  on conflict (account_id, endpoint_id, hash) do update
  set message_id = excluded.message_id, seen_at = excluded.seen_at, expires_at = excluded.expires_at
  where seen.expires_at <= excluded.seen_at`;
