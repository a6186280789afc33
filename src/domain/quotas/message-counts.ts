import type { Pool, PoolClient } from 'pg';
import { dayAt, type Month } from './month.ts';

/** What a shard of a day has counted up to some commit. It only grows, so of two readings the larger is the later. */
export interface ShardCount {
  day: string;
  shard: number;
  messages: number;
}

export interface MonthRead {
  /** Null: the account is gone. */
  plan: string | null;
  counts: ShardCount[];
}

/** The account's plan, and what was accepted in the month; one look at the index, of a few rows a day. */
export async function readMonth(pool: Pool, accountId: string, month: Month): Promise<MonthRead> {
  const { rows } = await pool.query<{ plan: string } & (ShardCount | { day: null })>({
    name: 'month-of-account',
    text: `select plan, day::text, shard, messages from accounts
           left join message_counts on account_id = id and day >= $2 and day < $3
           where id = $1`,
    values: [accountId, month.firstDay, dayAt(month.endsAtMs)],
  });
  const counts = rows.flatMap((row) => (row.day === null ? [] : [row]));
  return { plan: rows[0]?.plan ?? null, counts };
}

/** Counts messages beside a pipeline, in the transaction that writes them. Answers what their shard has counted by then. */
export async function countMessages(
  client: PoolClient,
  accountId: string,
  { day, shard, messages }: ShardCount,
): Promise<ShardCount> {
  const { rows } = await client.query<{ messages: number }>(
    `insert into message_counts as kept (account_id, day, shard, messages) values ($1, $2, $3, $4)
     on conflict (account_id, day, shard) do update set messages = kept.messages + excluded.messages
     returning messages`,
    [accountId, day, shard, messages],
  );
  return { day, shard, messages: rows[0]?.messages ?? messages };
}

export interface DayCount {
  day: string;
  messages: number;
}

/** Messages accepted on each day from `firstDay` up to the day before `endDay`; days without any are left out. */
export async function messagesByDay(
  pool: Pool,
  accountId: string,
  { firstDay, endDay }: { firstDay: string; endDay: string },
): Promise<DayCount[]> {
  const { rows } = await pool.query<DayCount>(
    `select day::text, sum(messages)::int as messages from message_counts
     where account_id = $1 and day >= $2 and day < $3 group by day order by day`,
    [accountId, firstDay, endDay],
  );
  return rows;
}
