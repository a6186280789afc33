import type { Pool } from 'pg';
import type { DeliveryJobData } from './jobs.ts';

/**
 * Ends every lease of the delivery queue now, and answers what they cover. Only for a process that knows itself to be
 * the only one on its database: leases are what keeps two from sending the same.
 *
 * pg-boss can move jobs one by one only. Moving `start_after` is safe: a job that is not `active` belongs to nobody,
 * what is deferred in this queue is leases alone (later attempts wait in `retry`), and a fetch asks for no more than
 * that it lies in the past. `keep_until` was ten years from the lease's end and stays.
 */
export async function rescueLeases(pool: Pool): Promise<DeliveryJobData[]> {
  const { rows } = await pool.query<{ data: DeliveryJobData }>(
    `update pgboss.job set start_after = pgboss.job_now()
     where name = 'deliver' and state < 'active' and start_after > pgboss.job_now()
     returning data`,
  );
  return rows.map(({ data }) => data);
}
