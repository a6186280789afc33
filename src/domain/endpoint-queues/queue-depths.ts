import type { Pool } from 'pg';
import { countWaitingOfAccount } from './count-waiting.ts';

/** Accounts whose queues are counted at most, the oldest first; each up to 10,000 entries. */
export const MAX_ACCOUNTS = 50;

/** What waits in the queues of all endpoints, for the operator. */
export interface QueueDepths {
  entries: number;
  /** How long ago the oldest message in them was accepted; 0 when nothing waits. */
  oldestSeconds: number;
}

/** A statement for each account with a queue, because the entries are part of the data plane. */
export async function queueDepths(pool: Pool): Promise<QueueDepths> {
  const { rows } = await pool.query<{ accountId: string }>(
    'select distinct account_id as "accountId" from endpoint_queues order by 1 limit $1',
    [MAX_ACCOUNTS],
  );
  const depths: QueueDepths = { entries: 0, oldestSeconds: 0 };
  for (const { accountId } of rows) {
    const { depth, oldestSeconds } = await countWaitingOfAccount(pool, { accountId });
    depths.entries += depth;
    depths.oldestSeconds = Math.max(depths.oldestSeconds, oldestSeconds ?? 0);
  }
  return depths;
}
