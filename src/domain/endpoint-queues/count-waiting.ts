import type { Pool } from 'pg';

/** What waits in the queue of an endpoint. */
export interface QueueDepth {
  depth: number;
  /** For how long the oldest message has waited since it was accepted; `null`: none waits. */
  oldestSeconds: number | null;
}

export async function countWaiting(
  pool: Pool,
  { accountId, id }: { accountId: string; id: string },
): Promise<QueueDepth> {
  const { rows } = await pool.query<QueueDepth>(
    `select count(*)::int as depth,
       floor(extract(epoch from clock_timestamp() - min(time_of_id(message_id))))::int as "oldestSeconds"
     from queue_entries where account_id = $1 and endpoint_id = $2 and released_at is null`,
    [accountId, id],
  );
  return rows[0] ?? { depth: 0, oldestSeconds: null };
}
