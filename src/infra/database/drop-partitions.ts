import type { Pool, PoolClient } from 'pg';
import { boundsSql, PARTITIONED, WEEK_MS } from './partitions.ts';

/** Long enough for any transaction of ours to end; whoever holds on for longer is not waited for. */
const LOCK_TIMEOUT_MS = 10_000;

interface Partition {
  name: string;
  table: string;
  startMs: number;
  /** `detaching`: it was given up between the two halves of a detachment; `detached`: after them. */
  state: 'attached' | 'detaching' | 'detached';
}

/**
 * Drops the weekly partitions that ended before `beforeMs` and hold nothing. Nobody waits for it: dropped at once, a
 * partition would need its whole table for itself, and every query would stand in line behind that wish. Detached
 * `concurrently`, it waits for those who use the table and lets others pass; what is detached, nobody else knows of.
 */
export async function dropEmptyPartitions(pool: Pool, beforeMs: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`select set_config('lock_timeout', '${String(LOCK_TIMEOUT_MS)}', false)`);
    const { rows } = await client.query<{ isOurs: boolean }>(
      `select pg_try_advisory_lock(hashtext('drop_partitions')) as "isOurs"`,
    );
    if (rows[0]?.isOurs !== true) return;
    const old = (await listPartitions(client)).filter(({ startMs }) => startMs + WEEK_MS <= beforeMs);
    for (const partition of old) await dropIfEmpty(client, partition);
  } finally {
    // With the connection go the lock and the setting.
    client.release(true);
  }
}

async function dropIfEmpty(client: PoolClient, partition: Partition): Promise<void> {
  const { name, table, startMs, state } = partition;
  if (!(await isEmpty(client, name))) {
    // Filled in the moment between the look and the detachment, which nothing of ours does.
    if (state === 'detached')
      await client.query(`alter table ${table} attach partition ${name} ${boundsSql(startMs)}`);
    return;
  }
  if (state === 'attached') await client.query(`alter table ${table} detach partition ${name} concurrently`);
  if (state === 'detaching') await client.query(`alter table ${table} detach partition ${name} finalize`);
  if (state === 'detached') await client.query(`drop table ${name}`);
  else await dropIfEmpty(client, { ...partition, state: 'detached' });
}

async function isEmpty(client: PoolClient, name: string): Promise<boolean> {
  const { rowCount } = await client.query(`select from ${name} limit 1`);
  return rowCount === 0;
}

/** By their names, which say what they were even when they are detached. */
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
