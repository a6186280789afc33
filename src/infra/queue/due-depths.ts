import type { Pool } from 'pg';

export interface Depth {
  /** Jobs that are due, counted up to {@link MAX_COUNTED}. */
  due: number;
  /** Seconds since the oldest of them came due; 0 when none is due. */
  oldestSeconds: number;
}

const MAX_COUNTED = 10_000;

/**
 * Counts a queue's due jobs by the index of waiting jobs; of a long backlog only the first {@link MAX_COUNTED} are
 * read.
 */
export async function dueDepth(pool: Pool, table: string): Promise<Depth> {
  const { rows } = await pool.query<Depth>(
    `select count(*)::int as due,
       coalesce(extract(epoch from pgboss.job_now() - min(start_after)), 0)::float8 as "oldestSeconds"
     from (select start_after from ${table}
       where state < 'active' and not blocked and start_after <= pgboss.job_now()
       order by start_after limit $1) due`,
    [MAX_COUNTED],
  );
  return rows[0] ?? { due: 0, oldestSeconds: 0 };
}
