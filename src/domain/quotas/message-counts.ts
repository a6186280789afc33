import type { Pool, PoolClient } from 'pg';
import { IS_OF_HEROKU } from './is-of-heroku.ts';
import { dayAt, type Month } from './month.ts';

/** The messages of a day and shard. A count only grows, so the larger of two readings is the later one. */
export interface ShardCount {
  day: string;
  shard: number;
  messages: number;
}

export interface MonthRead {
  /** Null when the account is gone. */
  plan: string | null;
  /** Whether it is an add-on. */
  isOfHeroku: boolean;
  counts: ShardCount[];
}

/** Reads the account's plan and its counts of the month: one range scan of the index, a few rows a day. */
export async function readMonth(pool: Pool, accountId: string, month: Month): Promise<MonthRead> {
  const { rows } = await pool.query<{ plan: string; isOfHeroku: boolean } & (ShardCount | { day: null })>({
    name: 'month-of-account',
    text: `select plan, ${IS_OF_HEROKU}, day::text, shard, messages from accounts
           left join message_counts on account_id = $1 and day >= $2 and day < $3
           where id = $1`,
    values: [accountId, month.firstDay, dayAt(month.endsAtMs)],
  });
  const counts = rows.flatMap((row) => (row.day === null ? [] : [row]));
  return { plan: rows[0]?.plan ?? null, isOfHeroku: rows[0]?.isOfHeroku ?? false, counts };
}

/** Counts messages in the transaction that writes them, outside of a flush. Returns the shard's new count. */
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

/** Messages accepted a day, from `firstDay` inclusive to `endDay` exclusive, without the days that have none. */
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
