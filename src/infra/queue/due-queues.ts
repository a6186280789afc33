import type { Pool } from 'pg';

/** Which of the background `queues` have a job that is due, by one statement for all of them. */
export async function dueQueues<Q extends string>(pool: Pool, queues: Q[]): Promise<Q[]> {
  const { rows } = await pool.query<{ name: Q }>(
    `select name from unnest($1::text[]) as queues (name) where exists (
       select from pgboss.job_common job where job.name = queues.name
         and job.state < 'active' and not job.blocked and job.start_after <= pgboss.job_now()
     )`,
    [queues],
  );
  return rows.map(({ name }) => name);
}
