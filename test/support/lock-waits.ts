import type { Pool } from 'pg';
import { eventually } from './eventually.ts';

/** Resolves when a statement that matches `pattern` waits for a lock that another transaction holds. */
export async function someoneWaits(pool: Pool, pattern: string): Promise<void> {
  await eventually(`a lock waited for by ${pattern}`, async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ $1`,
      [pattern],
    );
    return rowCount !== 0;
  });
}
