import type { Pool, PoolClient } from 'pg';
import { dayAt, type Month } from './month.ts';

/** What an account uses of its plan's limits. */
export interface Usage {
  endpoints: number;
  members: number;
  /** Messages accepted in the month. */
  messages: number;
}

export async function readUsage(
  database: Pool | PoolClient,
  accountId: string,
  month: Month,
): Promise<Usage> {
  const { rows } = await database.query<Usage>(
    `select (select count(*) from endpoints where account_id = $1)::int as endpoints,
       (select count(*) from members where account_id = $1)::int as members,
       (select coalesce(sum(messages), 0) from message_counts
        where account_id = $1 and day >= $2 and day < $3)::int as messages`,
    [accountId, month.firstDay, dayAt(month.endsAtMs)],
  );
  return rows[0] ?? { endpoints: 0, members: 0, messages: 0 };
}
