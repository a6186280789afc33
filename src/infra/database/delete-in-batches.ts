import type { Pool, PoolClient } from 'pg';
import type { Throttle } from '#src/infra/lib/throttle.ts';
import { transaction } from './transaction.ts';

/** The rows of one table to delete. */
export interface Doomed {
  accountId: string;
  table: string;
  /** The columns of the primary key after `account_id`. */
  key: readonly string[];
  /** Deletes only rows whose `column`, one of `key`, is below `value`. */
  before?: { column: string; value: unknown };
  /** A condition in SQL, in which $1 is the account: rows for which it is true are kept. */
  except?: string;
}

const BATCH = 1000;

/**
 * Deletes an account's rows in batches by the order of the primary key. Each batch is a transaction, so that no long
 * one holds back vacuum. Each batch begins after the last key of the one before, because deleted rows remain in the
 * index until vacuum and would be scanned again.
 */
export async function deleteInBatches(pool: Pool, doomed: Doomed, throttle: Throttle): Promise<void> {
  let after: unknown[] | undefined;
  do {
    after = await throttle(() => transaction(pool, (client) => deleteRun(client, doomed, after)));
  } while (after !== undefined);
}

/** Deletes one batch. Answers its last key; undefined when no row is left after it. */
async function deleteRun(
  client: PoolClient,
  doomed: Doomed,
  after?: unknown[],
): Promise<unknown[] | undefined> {
  await followIndexes(client);
  const { accountId, before, except, key, table } = doomed;
  const columns = key.join(', ');
  const values: unknown[] = [accountId];
  const bind = (value: unknown) => `$${String(values.push(value))}`;
  const conditions = ['account_id = $1'];
  if (before !== undefined) conditions.push(`${before.column} < ${bind(before.value)}`);
  if (after !== undefined) conditions.push(`(${columns}) > (${after.map(bind).join(', ')})`);

  const { rows } = await client.query<Record<string, unknown>>(
    `select ${columns} from ${table} where ${conditions.join(' and ')}
     order by ${columns} offset ${String(BATCH - 1)} limit 1`,
    values,
  );
  const last = rows[0] && key.map((column) => rows[0]?.[column]);
  if (last !== undefined) conditions.push(`(${columns}) <= (${last.map(bind).join(', ')})`);
  if (except !== undefined) conditions.push(`not (${except})`);
  await client.query(`delete from ${table} where ${conditions.join(' and ')}`, values);
  return last;
}

/**
 * Makes the planner use indexes until the transaction ends, because it has no statistics of a partition that was filled
 * since the last analyse, and would scan and sort the whole partition for every batch. What is left of these costs ten
 * billion then, for which a statement would be compiled. On Citus the planners of the workers, too; elsewhere that
 * setting means nothing.
 */
export async function followIndexes(client: PoolClient): Promise<void> {
  const settings = [
    `citus.propagate_set_commands = 'local'`,
    'enable_seqscan = off',
    'enable_sort = off',
    'jit = off',
  ];
  await Promise.all(settings.map((setting) => client.query(`set local ${setting}`)));
}
