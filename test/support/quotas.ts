import { findPlan } from '#src/domain/plans/plans.ts';
import { dayAt } from '#src/domain/quotas/month.ts';
import type { TestServer } from './server.ts';

/** As if the account had posted messages today, all but `left` of what its plan allows in a month. */
export async function useMessagesBut(server: TestServer, accountId: string, left: number): Promise<void> {
  const { clock, models, pool } = server.container;
  const { plan } = await models.Account.findByPk(accountId, { rejectOnEmpty: true });
  const used = (findPlan(plan)?.messagesPerMonth ?? 0) - left;
  await pool.query('insert into message_counts (account_id, day, shard, messages) values ($1, $2, 99, $3)', [
    accountId,
    dayAt(clock.now()),
    used,
  ]);
}

/** What was counted for the account, on all days. */
export async function countedMessages({ container }: TestServer, accountId: string): Promise<number> {
  const { rows } = await container.pool.query<{ counted: number }>(
    'select coalesce(sum(messages), 0)::int as counted from message_counts where account_id = $1',
    [accountId],
  );
  return rows[0]?.counted ?? 0;
}

export async function putOnPlan({ container }: TestServer, accountId: string, plan: string): Promise<void> {
  await container.pool.query('update accounts set plan = $2 where id = $1', [accountId, plan]);
}
