import type { Pool, PoolClient } from 'pg';
import type { Throttle } from '#src/infra/lib/throttle.ts';
import { transaction } from './transaction.ts';

export interface Doomed {
  accountId: string;
  table: string;
  /** The rest of the primary key, after the account. */
  key: readonly string[];
  /** Only rows whose `column`, one of the key, lies before `value`. */
  before?: { column: string; value: unknown };
  /** SQL: rows for which it holds are kept. */
  except?: string;
}

const BATCH = 1000;

/**
 * Deletes an account's rows, a run of the primary key at a time. Each run is committed by itself, so that no long
 * transaction holds back vacuum, and none is looked at twice: what was just deleted still stands in the index.
 */
export async function deleteInBatches(pool: Pool, doomed: Doomed, throttle: Throttle): Promise<void> {
  let after: unknown[] | undefined;
  do {
    after = await throttle(() => transaction(pool, (client) => deleteRun(client, doomed, after)));
  } while (after !== undefined);
}

/** Answers where it ended; undefined when nothing was left. */
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
 * Of a partition that was filled since it was last analysed the planner knows nothing, and would read and sort all of it
 * for every batch.
 */
export async function followIndexes(client: PoolClient): Promise<void> {
  await client.query(
    `select set_config(name, 'off', true) from unnest(array['enable_seqscan', 'enable_sort']) name`,
  );
}
