import type { Pool } from 'pg';

/** What is due of an account and was not taken up yet. */
export interface DueWork {
  /** Messages and retries that due jobs name; of a long backlog those of the jobs that were read. */
  due: number;
  /** Seconds since the oldest of them came due; null when none is due. */
  oldestSeconds: number | null;
  isCut: boolean;
}

const MAX_JOBS = 1000;
const MAX_MESSAGES = 10_000;

/** SQL: the jobs of an account, by the index of waiting jobs by account. */
const jobsOf = (table: string) => `from ${table} where state < 'active' and not blocked and group_id = $1`;

/** What is due of an account in the delivery queues, which are in `tables`; of one of its apps with `appId`. */
export async function dueOfAccount(
  pool: Pool,
  tables: string[],
  { accountId, appId = null }: { accountId: string; appId?: string | null },
): Promise<DueWork> {
  const jobs = tables
    .map(
      (table) => `(select data, start_after ${jobsOf(table)} and start_after <= pgboss.job_now()
      order by start_after limit $3)`,
    )
    .join(' union all ');
  const { rows } = await pool.query<DueWork>(
    `select coalesce(sum(refs), 0)::int as due, count(*) >= $3 as "isCut",
       floor(extract(epoch from pgboss.job_now() - min(start_after) filter (where refs > 0)))::int as "oldestSeconds"
     from (${jobs}) jobs cross join lateral (
       select (select count(*) from jsonb_array_elements(data->'deliveries') one
           where $2::text is null or one->>'appId' = $2)
         + (select coalesce(sum(jsonb_array_length(one->'messageIds')), 0) from jsonb_array_elements(data->'messages') one
           where $2::text is null or one->>'appId' = $2) as refs
     ) counted`,
    [accountId, appId, MAX_JOBS],
  );
  return rows[0] ?? { due: 0, oldestSeconds: null, isCut: false };
}

/** Messages that jobs name. */
export interface NamedMessages {
  ids: string[];
  /** Whether jobs may name more messages than these. */
  isCut: boolean;
}

/**
 * The messages of an account that jobs name as such, also those in flight: some of their deliveries may not have been
 * attempted. Of `retry` those that are due, because what is later is a message with `deliver_at`. At most
 * {@link MAX_MESSAGES}.
 */
export async function messagesNamedByJobs(
  pool: Pool,
  { deliver, retry }: { deliver: string; retry: string },
  accountId: string,
): Promise<NamedMessages> {
  const jobs = `(select 'deliver' as queue, data ${jobsOf(deliver)} limit $2)
    union all (select 'retry', data ${jobsOf(retry)} and start_after <= pgboss.job_now() limit $2)`;
  const { rows } = await pool.query<NamedMessages>(
    `with job as materialized (${jobs})
     select array(select distinct id from job cross join lateral (
         select jsonb_array_elements_text(one->'messageIds') as id from jsonb_array_elements(data->'messages') one
       ) named limit $3) as ids,
       exists (select from job group by queue having count(*) >= $2) as "isCut"`,
    [accountId, MAX_JOBS + 1, MAX_MESSAGES + 1],
  );
  const { ids, isCut } = rows[0] ?? { ids: [], isCut: false };
  return { ids, isCut: isCut || ids.length > MAX_MESSAGES };
}
