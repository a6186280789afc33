import type { Pool, PoolClient } from 'pg';
import type { DeliveryJobData } from './jobs.ts';

export interface Wanted {
  limit: number;
  /** Which of those that are due go first: those that have been due longest, as by default, or those that came due last. */
  first?: 'oldest' | 'newest';
  /** Accounts of which nothing is wanted now. */
  passedOver: string[];
}

interface DueJob {
  data: DeliveryJobData;
  dueAt: Date;
}

/** What pg-boss's own fetch takes for waiting; the indexes below are of these rows only. */
const WAITS = `state < 'active' and not blocked`;

/**
 * Takes due jobs out of a queue's table, in the order wanted: gone when the transaction commits.
 *
 * Ours rather than pg-boss's fetch and deleteJob, which goes through jobs by the time at which they were written: past
 * every one that is deferred (a million retries: 36 ms a fetch), and past every one of an account that is passed over.
 * This goes by due time, and when accounts are passed over from account to account. Nobody ever sees a job `active`:
 * taken and deleted are one statement, as if fetched and deleted in one transaction.
 */
export async function takeDueJobs(
  client: PoolClient,
  table: string,
  { limit, first = 'oldest', passedOver }: Wanted,
): Promise<DeliveryJobData[]> {
  const order = first === 'oldest' ? 'start_after' : 'start_after desc';
  const due =
    passedOver.length === 0
      ? client.query<DueJob>(deleteOf(table, ofAll(table, order)), [limit])
      : client.query<DueJob>(deleteOf(table, ofOthers(table, order)), [limit, passedOver]);
  const { rows } = await due;
  const oldestFirst = rows.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime()).map(({ data }) => data);
  return first === 'oldest' ? oldestFirst : oldestFirst.reverse();
}

/** By row address: nobody moves a row that we have locked, and no statistics can talk the planner out of it. */
const deleteOf = (table: string, picked: string) =>
  `delete from ${table} where ctid = any(array(${picked})) returning data, start_after as "dueAt"`;

const ofAll = (table: string, order: string) =>
  `select ctid from ${table} where ${WAITS} and start_after <= pgboss.job_now()
   order by ${order} limit $1 for update skip locked`;

/** Finds each account by one step in the index, however many jobs it has; of each as many as are wanted of all. */
const ofOthers = (table: string, order: string) =>
  `with recursive accounts as (
     (select group_id from ${table} where ${WAITS} and group_id is not null order by group_id limit 1)
     union all
     select (select group_id from ${table} job where ${WAITS} and job.group_id > accounts.group_id order by 1 limit 1)
     from accounts where group_id is not null
   )
   select due.ctid from accounts cross join lateral (
     select ctid from ${table} job
     where ${WAITS} and start_after <= pgboss.job_now() and job.group_id = accounts.group_id
     order by ${order} limit $1 for update skip locked
   ) due
   where accounts.group_id <> all($2) limit $1`;

/** What {@link takeDueJobs} goes by. */
export async function indexDueJobs(pool: Pool, table: string, queue: string): Promise<void> {
  await pool.query(`create index if not exists ${queue}_due on ${table} (start_after) where ${WAITS}`);
  await pool.query(
    `create index if not exists ${queue}_due_by_account on ${table} (group_id, start_after) where ${WAITS}`,
  );
}
