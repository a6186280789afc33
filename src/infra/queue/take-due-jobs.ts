import type { Pool, PoolClient } from 'pg';
import type { DeliveryJobData } from './jobs.ts';

export interface Wanted {
  limit: number;
  /** Which of those that are due go first: those that have been due longest, as by default, or those that came due last. */
  first?: 'oldest' | 'newest';
  /** Accounts of which nothing is wanted now. */
  passedOver: string[];
  /** Accounts of which only what has just come due is wanted. */
  freshOnly?: string[];
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
 * This goes from account to account, and of each by due time: every account gets its first job before any gets its
 * second. Nobody ever sees a job `active`: taken and deleted are one statement, as if fetched and deleted in one
 * transaction.
 */
export async function takeDueJobs(
  client: PoolClient,
  table: string,
  { limit, first = 'oldest', passedOver, freshOnly = [] }: Wanted,
): Promise<DeliveryJobData[]> {
  const order = first === 'oldest' ? 'start_after' : 'start_after desc';
  const few = limit * FEW;
  const due = await countDue(client, table, few);
  if (due === 0) return [];
  const take = due < few ? takeOfFew(table, order) : takeOfMany(table, order);
  const { rows } = await client.query<DueJob>(take, [limit, passedOver, freshOnly]);
  const oldestFirst = rows.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime()).map(({ data }) => data);
  return first === 'oldest' ? oldestFirst : oldestFirst.reverse();
}

/** As long as what is sent counts as live traffic. */
const FRESH = `interval '5 seconds'`;

const isWanted = (account: string) =>
  `${account} <> all($2) and start_after >
     case when ${account} = any($3) then pgboss.job_now() - ${FRESH} else '-infinity'::timestamptz end`;

/** Up to so many times what is wanted, all that is due is looked at, whosever it is; beyond, account by account. */
const FEW = 5;

async function countDue(client: PoolClient, table: string, upTo: number): Promise<number> {
  const { rows } = await client.query<{ due: number }>(
    `select count(*)::int as due from (
       select from ${table} where ${WAITS} and start_after <= pgboss.job_now() order by start_after limit $1) seen`,
    [upTo],
  );
  return rows[0]?.due ?? 0;
}

/** Ranks all that is due: hardly dearer than to take it, and no account that has nothing due is looked at. */
const takeOfFew = (table: string, order: string) =>
  `with due as materialized (
     select ranked.* from (
       select ctid as address, start_after, row_number() over (partition by group_id order by ${order}) as rank
       from ${table} where ${WAITS} and start_after <= pgboss.job_now() and ${isWanted('group_id')}
     ) ranked
     order by rank, ${order}
   ) ${deleteFirst(table)}`;

/**
 * Finds each account by one step in the index, however many jobs it has; reads of each what may be its part, twice over,
 * because another process may just be taking the first half; and ranks them.
 */
const takeOfMany = (table: string, order: string) =>
  `with recursive accounts as (
     (select group_id from ${table} where ${WAITS} and group_id is not null order by group_id limit 1)
     union all
     select (select group_id from ${table} job where ${WAITS} and job.group_id > accounts.group_id order by 1 limit 1)
     from accounts where group_id is not null
   ), with_due as materialized (
     select group_id, count(*) over () as accounts from accounts where exists (
       select from ${table} job
       where ${WAITS} and start_after <= pgboss.job_now() and job.group_id = accounts.group_id
         and ${isWanted('accounts.group_id')} offset 0
     )
   ), due as materialized (
     select ranked.* from with_due cross join lateral (
       select address, start_after, row_number() over (order by ${order}) as rank from (
         select ctid as address, start_after from ${table} job
         where ${WAITS} and start_after <= pgboss.job_now() and job.group_id = with_due.group_id
           and ${isWanted('with_due.group_id')}
         order by ${order} limit 2 * $1::int / with_due.accounts + 1
       ) oldest
     ) ranked
     order by rank, ${order}
   ) ${deleteFirst(table)}`;

/**
 * Locks one after the other until there are enough. By row address: nobody moves a row that we have locked, and no
 * statistics can talk the planner out of it.
 */
const deleteFirst = (table: string) =>
  `delete from ${table} where ctid = any(array(
     select locked.ctid from due cross join lateral (
       select ctid from ${table} job where ctid = due.address and ${WAITS} for update skip locked
     ) locked
     limit $1::int
   )) returning data, start_after as "dueAt"`;

/** What {@link takeDueJobs} goes by. */
export async function indexDueJobs(pool: Pool, table: string, queue: string): Promise<void> {
  await pool.query(`create index if not exists ${queue}_due on ${table} (start_after) where ${WAITS}`);
  await pool.query(
    `create index if not exists ${queue}_due_by_account on ${table} (group_id, start_after) where ${WAITS}`,
  );
}
