import type { Pool } from 'pg';

/** A page or an answer that shows this many says "at least". */
const MAX_COUNTED = 10_000;

/** What waits in the queue of an endpoint. */
export interface QueueDepth {
  /** Counted up to {@link MAX_COUNTED}. */
  depth: number;
  /** For how long the oldest message has waited since it was accepted; `null`: none waits. */
  oldestSeconds: number | null;
}

export async function countWaiting(
  pool: Pool,
  { accountId, id }: { accountId: string; id: string },
): Promise<QueueDepth> {
  const { rows } = await pool.query<QueueDepth>(WAITING, [accountId, id, MAX_COUNTED]);
  return rows[0] ?? { depth: 0, oldestSeconds: null };
}

/** The oldest is near the start of the primary key, because few entries before it are released. */
const WAITING = `
  select (select count(*)::int from (select from queue_entries
      where account_id = $1 and endpoint_id = $2 and released_at is null limit $3) waiting) as depth,
    (select floor(extract(epoch from clock_timestamp() - time_of_id(message_id)))::int from queue_entries
      where account_id = $1 and endpoint_id = $2 and released_at is null
      order by message_id limit 1) as "oldestSeconds"`;
