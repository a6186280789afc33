import type { Pool, PoolClient } from 'pg';
import type { DeliveryJobData } from './jobs.ts';

export interface Wanted {
  /** Jobs at most. */
  limit: number;
  /**
   * The order by due time. `oldest` (the default): the jobs that have been due longest. `newest`: those that came due
   * last.
   */
  first?: 'oldest' | 'newest';
  /** Ids of accounts whose jobs are not fetched, because they use their share of memory up. */
  passedOver: string[];
  /** Ids of accounts of which only jobs are fetched that came due within the last 5 seconds ({@link FRESH}). */
  freshOnly?: string[];
  /** By how many milliseconds leases end later than the database's clock says, which is given; 0 without it. */
  aheadMs?: (databaseNowMs: number) => number;
}

export interface Peek {
  isAnyDue: boolean;
  /** Unix milliseconds, by the database's clock. */
  nowMs: number;
}

interface DueJob {
  data: DeliveryJobData;
  /** pg-boss' `start_after`, as pg parses a timestamp. */
  dueAt: Date;
}

/** SQL: the jobs that wait, as pg-boss's own fetch defines it. The indexes below hold these rows only. */
const WAITS = `state < 'active' and not blocked`;

/**
 * Whether a job is due in any of the tables: one statement for a worker that has nothing to do. The first time of each
 * comes from its index, whatever the statistics say, because a minimum is read without a sort.
 */
export async function peekAt(pool: Pool, tables: string[]): Promise<Peek> {
  const firsts = tables.map((table) => `(select min(start_after) from ${table} where ${WAITS})`);
  const { rows } = await pool.query<Peek>(
    `select coalesce(least(${firsts.join(', ')}) <= pgboss.job_now(), false) as "isAnyDue",
       extract(epoch from pgboss.job_now())::float8 * 1000 as "nowMs"`,
  );
  return rows[0] ?? { isAnyDue: true, nowMs: Number.NaN };
}

/**
 * Fetches due jobs and deletes them from a queue's table, in the order of `first`. They are gone when the transaction
 * commits.
 *
 * It replaces pg-boss's fetch and deleteJob, because those read jobs in the order in which they were written: past
 * every deferred job (36 ms a fetch with a million retries), and past every job of an excluded account. This statement
 * is a round robin over accounts, by due time within each: every account gets its first job before any gets its second.
 * No job is ever `active`, because fetching and deleting are one statement.
 */
export async function takeDueJobs(
  client: PoolClient,
  table: string,
  { limit, first = 'oldest', passedOver, freshOnly = [], aheadMs = () => 0 }: Wanted,
): Promise<DeliveryJobData[]> {
  const order = first === 'oldest' ? 'start_after' : 'start_after desc';
  const few = limit * FEW;
  const { due, nowMs } = await countDue(client, table, few);
  const ahead = aheadMs(nowMs);
  if (due === 0) return [];
  const take = due < few ? takeOfFew(table, order) : takeOfMany(table, order);
  const { rows } = await client.query<DueJob>(take, [limit, passedOver, freshOnly, ahead]);
  const oldestFirst = rows.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime()).map(({ data }) => data);
  return first === 'oldest' ? oldestFirst : oldestFirst.reverse();
}

/** SQL: the age up to which a due job counts as live traffic. */
const FRESH = `interval '5 seconds'`;

/** SQL: whether a job is no lease, or one that is over by $4 milliseconds; only leases count a death beforehand. */
const IS_OVER = `(start_after <= pgboss.job_now() - $4::float8 * interval '1 millisecond' or not data ? 'deaths')`;

/** SQL: whether a job of `account` (SQL) is fetched; $2 is `passedOver`, $3 is `freshOnly`. */
const isWanted = (account: string) =>
  `${IS_OVER} and ${account} <> all($2) and start_after >
     case when ${account} = any($3) then pgboss.job_now() - ${FRESH} else '-infinity'::timestamptz end`;

/** Below this many times the limit, the query ranks all due jobs; with more, it reads account by account. */
const FEW = 5;

/** How many jobs are due, up to `upTo`, and what the database's clock says. */
async function countDue(
  client: PoolClient,
  table: string,
  upTo: number,
): Promise<{ due: number; nowMs: number }> {
  const { rows } = await client.query<{ due: number; nowMs: number }>(
    `select count(*)::int as due, extract(epoch from pgboss.job_now())::float8 * 1000 as "nowMs" from (
       select from ${table} where ${WAITS} and start_after <= pgboss.job_now() order by start_after limit $1) seen`,
    [upTo],
  );
  return rows[0] ?? { due: 0, nowMs: Number.NaN };
}

/** Ranks all due jobs. That costs hardly more than fetching them, and accounts without a due job are not read. */
const takeOfFew = (table: string, order: string) =>
  `with due as materialized (
     select ranked.* from (
       select ctid as address, start_after, row_number() over (partition by group_id order by ${order}) as rank
       from ${table} where ${WAITS} and start_after <= pgboss.job_now() and ${isWanted('group_id')}
     ) ranked
     order by rank, ${order}
   ) ${deleteFirst(table)}`;

/**
 * Finds each account by one step in the index, however many jobs it has. Of each account it reads twice its part of the
 * limit, because another process may have locked the first half, and ranks what it read.
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
 * Locks jobs one after the other until there are enough. By row address (`ctid`), because a locked row cannot move, and
 * the planner chooses that access whatever the statistics say.
 */
const deleteFirst = (table: string) =>
  `delete from ${table} where ctid = any(array(
     select locked.ctid from due cross join lateral (
       select ctid from ${table} job where ctid = due.address and ${WAITS} for update skip locked
     ) locked
     limit $1::int
   )) returning data, start_after as "dueAt"`;

/** Creates the two indexes that {@link takeDueJobs} reads. */
export async function indexDueJobs(pool: Pool, table: string, queue: string): Promise<void> {
  await pool.query(`create index if not exists ${queue}_due on ${table} (start_after) where ${WAITS}`);
  await pool.query(
    `create index if not exists ${queue}_due_by_account on ${table} (group_id, start_after) where ${WAITS}`,
  );
}
