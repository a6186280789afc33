import type { Pool } from 'pg';
import type { DeliveryJobData } from './jobs.ts';

/**
 * Makes every lease of the delivery queue due now, and answers the data of the leases. Only for a process that knows
 * that it is alone on its database, because leases keep two processes from sending the same delivery.
 *
 * This is one update of `start_after`, because pg-boss can move jobs one by one only. It is safe: no process holds a
 * job that is not `active`; deferred jobs of this queue are leases only (later attempts wait in `retry`); a fetch only
 * asks that `start_after` is in the past. `keep_until`, ten years after the lease's end, stays.
 */
export async function expireLeases(pool: Pool): Promise<DeliveryJobData[]> {
  const { rows } = await pool.query<{ data: DeliveryJobData }>(
    `update pgboss.job set start_after = pgboss.job_now()
     where name = 'deliver' and state < 'active' and start_after > pgboss.job_now()
     returning data`,
  );
  return rows.map(({ data }) => data);
}
