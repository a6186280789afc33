import type { Pool, PoolClient } from 'pg';
import { isLockTimeout } from './data-error.ts';
import { distributedTables } from './distribute-tables.ts';
import { boundsSql, PARTITIONED, WEEK_MS } from './partitions.ts';
import { isPooled } from './pooler.ts';
import { transaction } from './transaction.ts';

/**
 * Longer than any transaction of ours. When a lock is held for longer, the statement fails, and the next run repeats
 * it.
 */
const LOCK_TIMEOUT_MS = 10_000;

/** How long queries of a distributed table wait at most, once for each of its partitions that is to be dropped. */
const MAX_STOP_MS = 1000;

interface Partition {
  name: string;
  table: string;
  startMs: number;
  /** `detaching`: an earlier run ended between the two phases of a concurrent detach; `detached`: after both. */
  state: 'attached' | 'detaching' | 'detached';
}

/**
 * Drops the empty weekly partitions that ended before `beforeMs` (milliseconds since the epoch). No query is blocked by
 * it: `drop table` of an attached partition needs an exclusive lock on the parent table, and every query would queue
 * behind it. `detach concurrently` waits for the queries that use the table and lets new ones pass; a detached
 * partition is used by no query. On Citus it is {@link dropWithinStop}.
 */
export async function dropEmptyPartitions(pool: Pool, beforeMs: number): Promise<void> {
  // The lock is a transaction's, because behind a pooler a session's would stay with a connection that others get. A
  // transaction that reads no table holds up no `detach concurrently`.
  await transaction(pool, async (lock) => {
    const { rows } = await lock.query<{ isOurs: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('drop_partitions')) as "isOurs"`,
    );
    if (rows[0]?.isOurs === true) await dropAll(pool, beforeMs);
  });
}

async function dropAll(pool: Pool, beforeMs: number): Promise<void> {
  const client = await pool.connect();
  try {
    await boundWaits(client);
    const old = (await listPartitions(client)).filter(({ startMs }) => startMs + WEEK_MS <= beforeMs);
    const distributed = await distributedTables(client);
    for (const partition of old)
      await dropIfEmpty(client, { ...partition, isDistributed: distributed.has(partition.table) });
  } finally {
    // Closes the connection, which resets the setting.
    client.release(true);
  }
}

/**
 * Bounds how long statements wait for locks. `detach … concurrently` takes no setting of a transaction, and behind a
 * pooler the setting of a session would be left to others: there it waits as long as somebody uses the partition.
 */
async function boundWaits(client: PoolClient): Promise<void> {
  if (await isPooled(client)) return;
  await client.query(`select set_config('lock_timeout', '${String(LOCK_TIMEOUT_MS)}', false)`);
}

async function dropIfEmpty(
  client: PoolClient,
  partition: Partition & { isDistributed: boolean },
): Promise<void> {
  const { name, table, startMs, state } = partition;
  if (!(await isEmpty(client, name))) {
    // A row was inserted between the check and the detach. Our code does not insert into old partitions.
    if (state === 'detached')
      await client.query(`alter table ${table} attach partition ${name} ${boundsSql(startMs)}`);
    return;
  }
  if (partition.isDistributed) {
    await dropWithinStop(client, partition);
    return;
  }
  if (state === 'attached') await client.query(`alter table ${table} detach partition ${name} concurrently`);
  if (state === 'detaching') await client.query(`alter table ${table} detach partition ${name} finalize`);
  if (state === 'detached') await client.query(`drop table ${name}`);
  else await dropIfEmpty(client, { ...partition, state: 'detached' });
}

/**
 * Citus refuses `detach … concurrently`, so the lock is exclusive, and queries queue behind who waits for it. So the
 * wait is given up soon, and the next run tries again.
 */
async function dropWithinStop(client: PoolClient, { name, table, state }: Partition): Promise<void> {
  await client.query('begin');
  try {
    // On the workers too.
    await client.query(`set local citus.propagate_set_commands = 'local'`);
    await client.query(`set local lock_timeout = ${String(MAX_STOP_MS)}`);
    // Else the statements after a query of all shards are refused, because it uses several connections to a worker.
    await client.query(`set local citus.multi_shard_modify_mode = 'sequential'`);
    // Else Citus looks whether a drop leaves local tables alone, and locks the one of two-phase.ts for it.
    await client.query('set local citus.enable_local_reference_table_foreign_keys = off');
    if (state !== 'detached') await client.query(`alter table ${table} detach partition ${name}`);
    if (await isEmpty(client, name)) {
      await client.query(`drop table ${name}`);
      await client.query('commit');
    } else await client.query('rollback');
  } catch (error) {
    await client.query('rollback');
    if (!isLockTimeout(error)) throw error;
  }
}

async function isEmpty(client: PoolClient, name: string): Promise<boolean> {
  const { rowCount } = await client.query(`select from ${name} limit 1`);
  return rowCount === 0;
}

/** All weekly partitions. They are found by name, because a detached one no longer names its table. */
async function listPartitions(client: PoolClient): Promise<Partition[]> {
  const { rows } = await client.query<Omit<Partition, 'startMs'> & { day: string }>(
    `select relname as name, part[1] as table, part[2] as day,
       case when inhrelid is null then 'detached' when inhdetachpending then 'detaching' else 'attached' end as state
     from pg_class cross join lateral regexp_match(relname, '^(' || $1 || ')_(\\d{8})$') part
     left join pg_inherits on inhrelid = oid
     where relkind = 'r' and relnamespace = 'public'::regnamespace and part is not null order by relname`,
    [PARTITIONED.join('|')],
  );
  return rows.map(({ day, ...partition }) => ({
    ...partition,
    startMs: Date.parse(day.replace(/^(....)(..)(..)$/, '$1-$2-$3')),
  }));
}
