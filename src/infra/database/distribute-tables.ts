import type { Pool } from 'pg';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { DISTRIBUTED_TABLES } from './distributed-tables.ts';
import { transaction } from './transaction.ts';
import { prepareTwoPhase } from './two-phase.ts';

const COLUMN = 'account_id';
/** The others are colocated with it: the rows of an account, in all tables, are on one worker. */
const FIRST = 'messages';
/** What statements of the data plane call. Citus makes it on the workers by itself, unless it is older than Citus. */
const FUNCTION = 'time_of_id(uuid)';

/**
 * Distributes those tables of the data plane that are not distributed yet over the workers of a Citus cluster, empty or
 * full. Each in a transaction of its own, during which nobody writes to it, so that a run which was broken off is
 * continued by the next one. Safe to repeat, and to run in several processes at once.
 */
export async function distributeTables(pool: Pool): Promise<void> {
  await transaction(pool, async (lock) => {
    await lock.query(`select pg_advisory_xact_lock(hashtext('distribute_tables'))`);
    const done = await distributedTables(pool);
    if (!(await isFunctionDistributed(pool)))
      await pool.query('select create_distributed_function($1)', [FUNCTION]);
    await prepareTwoPhase(pool);
    const missing = [FIRST, ...DISTRIBUTED_TABLES].filter((table) => !done.has(table));
    for (const table of new Set(missing)) await distribute(pool, table);
  });
}

/**
 * The tables of the data plane that are distributed; none where there is no Citus. Throws {@link CannotStart} when they
 * are distributed in another way than ours.
 */
export async function distributedTables(pool: Pick<Pool, 'query'>): Promise<Set<string>> {
  const { rows: known } = await pool.query<{ isCitus: boolean }>(
    `select to_regclass('pg_dist_partition') is not null as "isCitus"`,
  );
  if (known[0]?.isCitus !== true) return new Set();
  const { rows } = await pool.query<{ table: string; column: string | null; group: number }>(
    `select relname as table, column_to_column_name(logicalrelid, partkey) as column, colocationid as group
     from pg_dist_partition join pg_class on pg_class.oid = logicalrelid
     where relnamespace = 'public'::regnamespace and relname = any($1)`,
    [DISTRIBUTED_TABLES],
  );
  const group = rows.find(({ table }) => table === FIRST)?.group;
  const others = rows.filter((found) => found.column !== COLUMN || found.group !== group);
  if (others.length > 0) {
    const names = others.map(({ table }) => table).join(', ');
    throw new CannotStart(
      `The database was distributed by hand, but not by ${COLUMN} and together with ${FIRST}: ${names}. ` +
        'Run `select undistribute_table(TABLE)` for each of them, then `node src/release.ts`.',
    );
  }
  return new Set(rows.map(({ table }) => table));
}

/** Throws {@link CannotStart} when a release has not distributed all tables yet. */
export async function refuseUndistributed(pool: Pool): Promise<void> {
  const done = await distributedTables(pool);
  const missing = DISTRIBUTED_TABLES.filter((table) => !done.has(table));
  if (missing.length === 0) return;
  throw new CannotStart(
    `DATABASE_ENGINE=citus: tables are not distributed yet (${missing.join(', ')}). Run \`node src/release.ts\` first.`,
  );
}

/** What was in the table before stays on the coordinator's disk, where nobody sees it, until it is cut. */
async function distribute(pool: Pool, table: string): Promise<void> {
  await transaction(pool, async (client) => {
    await client.query('select create_distributed_table($1, $2, colocate_with => $3)', [
      table,
      COLUMN,
      table === FIRST ? 'none' : FIRST,
    ]);
    await client.query('select truncate_local_data_after_distributing_table($1)', [table]);
  });
}

async function isFunctionDistributed(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from pg_dist_object where classid = 'pg_proc'::regclass and objid = $1::regprocedure`,
    [FUNCTION],
  );
  return rowCount === 1;
}
