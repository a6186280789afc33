import { TEST_ENGINE } from './database.ts';
import { eventually } from './eventually.ts';

interface Asked {
  query(text: string, values: unknown[]): Promise<{ rowCount: number | null }>;
}

const WAITING = `select from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query ~ $1`;
/** On any node. A statement waits for each that is before it. */
const WAITING_IN_CLUSTER = `select from citus_lock_waits where blocked_statement ~ $1 group by waiting_gpid`;

/** How many statements of this database that match `pattern` wait for a lock that another transaction holds. */
export async function countLockWaits(on: Asked, pattern = ''): Promise<number> {
  const { rowCount } = await on.query(TEST_ENGINE === 'citus' ? WAITING_IN_CLUSTER : WAITING, [pattern]);
  return rowCount ?? 0;
}

/** Resolves when at least `count` statements that match `pattern` wait for a lock; others may wait beside them. */
export async function someoneWaits(on: Asked, pattern = '', count = 1): Promise<void> {
  await eventually(
    `${String(count)} lock waits of ${pattern}`,
    async () => (await countLockWaits(on, pattern)) >= count,
  );
}
