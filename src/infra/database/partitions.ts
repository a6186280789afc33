import type { Pool } from 'pg';
import { firstIdAt } from '#src/infra/lib/ids.ts';
import { transaction } from './transaction.ts';

export const PARTITIONED = ['messages', 'deliveries', 'attempts'] as const;
export const WEEK_MS = 7 * 24 * 3_600_000;
/**
 * Partitions before the current week, because clocks are set back and differ between machines, and ids have the time.
 */
const WEEKS_BACK = 1;
/** Few, because PostgreSQL plans a statement for each partition that it may meet. */
const WEEKS_AHEAD = 2;

/**
 * Creates the weekly partitions of the data plane from the week before `nowMs` to two weeks ahead. Safe to repeat, and
 * to run in several processes at once. Runs at release and daily in every worker, so two weeks of failures are
 * survived.
 */
export async function ensurePartitions(pool: Pool, nowMs: number): Promise<void> {
  const firstWeek = Math.floor(nowMs / WEEK_MS) - WEEKS_BACK;
  const weeks = Array.from({ length: WEEKS_BACK + 1 + WEEKS_AHEAD }, (_, index) => firstWeek + index);
  await transaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtext('ensure_partitions'))`);
    for (const week of weeks) {
      for (const table of PARTITIONED) await client.query(partitionSql(table, week));
    }
  });
}

/**
 * Creates the partitions of the week of `timeMs`, which may be long ago. `known`: weeks that exist, to which it is
 * added.
 */
export async function ensurePartitionsAt(pool: Pool, timeMs: number, known: Set<number>): Promise<void> {
  const week = Math.floor(timeMs / WEEK_MS);
  if (known.has(week)) return;
  await transaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtext('ensure_partitions'))`);
    for (const table of PARTITIONED) await client.query(partitionSql(table, week));
  });
  known.add(week);
}

function partitionSql(table: string, week: number): string {
  const startMs = week * WEEK_MS;
  const name = `${table}_${new Date(startMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
  return `create table if not exists ${name} partition of ${table} ${boundsSql(startMs)}`;
}

export function boundsSql(startMs: number): string {
  return `for values from ('${firstIdAt(startMs)}') to ('${firstIdAt(startMs + WEEK_MS)}')`;
}
