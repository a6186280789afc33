import type { Pool } from 'pg';
import type { IssueStatus } from './issue.ts';

/** Issues that are read at most. */
const MAX_READ = 10_000;

/** The issues of all accounts that are not resolved, by status, up to {@link MAX_READ} together. */
export async function countUnresolved(pool: Pool): Promise<Record<Exclude<IssueStatus, 'resolved'>, number>> {
  const { rows } = await pool.query<{ open: number; acknowledged: number }>(
    `select count(*) filter (where status = 'open')::int as open,
       count(*) filter (where status = 'acknowledged')::int as acknowledged
     from (select status from issues where status <> 'resolved' limit $1) unresolved`,
    [MAX_READ],
  );
  return rows[0] ?? { open: 0, acknowledged: 0 };
}
