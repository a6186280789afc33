import type { Pool, PoolClient } from 'pg';
import { COUNTED_LIMITS, type Counted } from '#src/domain/plans/counted-limits.ts';
import { IS_OF_HEROKU } from './is-of-heroku.ts';
import { dayAt, type Month } from './month.ts';

/** What an account uses of its plan's limits. */
export interface Usage {
  counted: Record<Counted, number>;
  members: number;
  /** Messages accepted in the month. */
  messages: number;
  /** Whether it is an add-on, which a command of Heroku's puts on a larger plan. */
  isOfHeroku: boolean;
}

/** Throws when there is no such account. */
export async function readUsage(
  database: Pool | PoolClient,
  accountId: string,
  month: Month,
): Promise<Usage> {
  const counts = COUNTED_LIMITS.map(({ of, count }) => `'${of}', (${count})`);
  const { rows } = await database.query<Usage>(
    `select json_build_object(${counts.join(', ')}) as counted,
       (select count(*) from members where account_id = $1)::int as members,
       (select coalesce(sum(messages), 0) from message_counts
        where account_id = $1 and day >= $2 and day < $3)::int as messages,
       ${IS_OF_HEROKU}
     from accounts where id = $1`,
    [accountId, month.firstDay, dayAt(month.endsAtMs)],
  );
  const [usage] = rows;
  if (usage === undefined) throw new Error(`There is no account ${accountId}`);
  return usage;
}
