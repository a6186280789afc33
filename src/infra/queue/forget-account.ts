import type { Pool } from 'pg';
import type { Throttle } from '#src/infra/lib/throttle.ts';
import { BACKGROUND_QUEUES, DELIVERY_QUEUES, PARKED_QUEUE } from './jobs.ts';

/** Jobs that one statement deletes at most. */
const BATCH = 1000;

/**
 * Deletes the jobs of a purged account in every queue. Delivery jobs are found by their group, background jobs by the
 * account, resource or mail in their data. Jobs of `account-purge` stay, because one of them is the caller.
 */
export async function forgetJobsOfAccount(
  pool: Pool,
  { accountId, resourceId }: { accountId: string; resourceId: string | null },
  throttle: Throttle,
): Promise<void> {
  for (const queue of DELIVERY_QUEUES) {
    let deleted: number | null = BATCH;
    while (deleted === BATCH) deleted = await throttle(() => deleteDeliveryJobs(pool, queue, accountId));
  }
  const others = [...BACKGROUND_QUEUES.filter((queue) => queue !== 'account-purge'), PARKED_QUEUE];
  await throttle(() =>
    pool.query(
      `delete from pgboss.job where name = any($1) and (data->>'accountId' = $2 or data->>'resourceId' = $3
         or data->>'mailId' in (select id::text from mails where account_id::text = $2))`,
      [others, accountId, resourceId],
    ),
  );
}

/**
 * Answers how many were deleted. The index by account and due time finds them, because no delivery job is ever
 * `active`.
 */
async function deleteDeliveryJobs(pool: Pool, queue: string, accountId: string): Promise<number | null> {
  const { rowCount } = await pool.query(
    `delete from pgboss.job where name = $1 and id in (
       select id from pgboss.job where name = $1 and group_id = $2 and state < 'active' and not blocked limit $3)`,
    [queue, accountId, BATCH],
  );
  return rowCount;
}
