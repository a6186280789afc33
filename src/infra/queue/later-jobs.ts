import type { PoolClient } from 'pg';
import type { DeliveryJobData } from './jobs.ts';

export interface LaterJobs {
  jobs: { id: string; data: DeliveryJobData }[];
  /** What the database's clock says. */
  now: Date;
}

/**
 * The jobs of these ids that come due later, locked until the transaction ends. Passes over those that others have
 * locked, because they are being fetched.
 */
export async function lockLaterJobs(client: PoolClient, of: JobsOf): Promise<LaterJobs> {
  const { rows } = await client.query<LaterJobs['jobs'][number] & { now: Date }>(
    `select id, data, date_trunc('milliseconds', pgboss.job_now()) as now from ${of.table}
     where name = $1 and id = any($2) and state < 'active' and not blocked and start_after > pgboss.job_now()
     for update skip locked`,
    [of.queue, of.ids],
  );
  return { jobs: rows.map(({ id, data }) => ({ id, data })), now: rows[0]?.now ?? new Date(0) };
}

/**
 * Moves jobs of one delivery each to `dueAt`: `start_after`, and the time in their data, without which they would be
 * passed over as stale. This is one update, because pg-boss can move jobs one by one only, and a fetch only asks that
 * `start_after` is in the past; `keep_until`, ten years later, stays.
 */
export async function recallJobs(client: PoolClient, of: JobsOf, dueAt: Date): Promise<void> {
  await client.query(
    `update ${of.table} set start_after = $3, data = jsonb_set(data, '{deliveries,0,dueAt}', to_jsonb($4::text))
     where name = $1 and id = any($2)`,
    [of.queue, of.ids, dueAt, dueAt.toISOString()],
  );
}

interface JobsOf {
  table: string;
  queue: string;
  ids: string[];
}
