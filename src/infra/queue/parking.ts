import type { Pool } from 'pg';
import type { PgBoss } from 'pg-boss';
import { transaction } from '#src/infra/database/transaction.ts';
import { databaseOn } from './boss.ts';
import { BACKGROUND_QUEUES, PARKED_QUEUE } from './jobs.ts';

/** What a parked job's data has beside the job's own. */
interface ParkedData {
  parkedFrom: string;
  isReported?: true;
  claimedAt?: string;
}

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
 * Calls `report` with the queue of each parked job that was not reported, unless there is none. A claim keeps other
 * processes from it, for minutes because a process may die with one; a report that throws gives it back.
 */
export async function reportParked(pool: Pool, report: (queues: string[]) => Promise<void>): Promise<void> {
  const { rows } = await pool.query<{ id: string; queue: string }>(
    `update pgboss.job set data = data || jsonb_build_object('claimedAt', now())
     where name = $1 and not data ? 'isReported'
       and coalesce((data->>'claimedAt')::timestamptz < now() - interval '5 minutes', true)
     returning id, data->>'parkedFrom' as queue`,
    [PARKED_QUEUE],
  );
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  try {
    await report(rows.map(({ queue }) => queue));
  } catch (error) {
    await pool.query(`update pgboss.job set data = data - 'claimedAt' where name = $1 and id = any($2)`, [
      PARKED_QUEUE,
      ids,
    ]);
    throw error;
  }
  await pool.query(
    `update pgboss.job set data = data || '{"isReported": true}' where name = $1 and id = any($2)`,
    [PARKED_QUEUE, ids],
  );
}

/**
 * Puts parked background jobs back into their queues, and forgets the others, whose deliveries wait for a replay. Part
 * of the release, because another version may be what they need.
 */
export async function releaseParked(pool: Pool, boss: PgBoss): Promise<void> {
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ data: ParkedData }>(
      'delete from pgboss.job where name = $1 returning data',
      [PARKED_QUEUE],
    );
    await client.query('delete from job_runs');
    for (const { data } of rows) {
      const { parkedFrom, isReported: _, claimedAt: __, ...job } = data;
      const isBackground = BACKGROUND_QUEUES.some((queue) => queue === parkedFrom);
      if (isBackground) await boss.send(parkedFrom, job, { db: databaseOn(client) });
    }
  });
}
