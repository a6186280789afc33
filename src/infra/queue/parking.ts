import type { Pool } from 'pg';
import type { PgBoss } from 'pg-boss';
import { transaction } from '#src/infra/database/transaction.ts';
import { databaseOn } from './boss.ts';
import { BACKGROUND_QUEUES, PARKED_QUEUE } from './jobs.ts';

// The deaths of delivery jobs are counted in their data, because a lease takes their place. pg-boss counts a death of a
// background job as a try like any other, so the runs that have not ended are rows of `job_runs`.

/** Notes that a run of a background job begins. Answers how many have begun and not ended: all but this one died. */
export async function beginRun(pool: Pool, jobId: string): Promise<number> {
  const { rows } = await pool.query<{ runs: number }>(
    `insert into job_runs (job_id, runs) values ($1, 1)
     on conflict (job_id) do update set runs = job_runs.runs + 1 returning runs`,
    [jobId],
  );
  return rows[0]?.runs ?? 1;
}

/** Notes that a process lived through a run of the job, however it ended. */
export async function endRun(pool: Pool, jobId: string): Promise<void> {
  await pool.query('delete from job_runs where job_id = $1', [jobId]);
}

/** How many jobs are parked, by the queue that they were in. */
export async function countParked(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ queue: string; jobs: number }>(
    `select data->>'parkedFrom' as queue, count(*)::int as jobs from pgboss.job where name = $1 group by 1`,
    [PARKED_QUEUE],
  );
  return Object.fromEntries(rows.map(({ queue, jobs }) => [queue, jobs]));
}

/**
 * Puts parked background jobs back into their queues, and forgets the others, whose deliveries wait for a replay. Part
 * of the release, because another version may be what they need.
 */
export async function releaseParked(pool: Pool, boss: PgBoss): Promise<void> {
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ data: { parkedFrom: string } }>(
      'delete from pgboss.job where name = $1 returning data',
      [PARKED_QUEUE],
    );
    await client.query('delete from job_runs');
    for (const { data } of rows) {
      const { parkedFrom, ...job } = data;
      const isBackground = BACKGROUND_QUEUES.some((queue) => queue === parkedFrom);
      if (isBackground) await boss.send(parkedFrom, job, { db: databaseOn(client) });
    }
  });
}
