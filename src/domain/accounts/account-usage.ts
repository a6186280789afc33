import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Models } from '#src/domain/models.ts';
import { findPlan, type Plan } from '#src/domain/plans/plans.ts';
import { type Month, monthAt } from '#src/domain/quotas/month.ts';
import { readUsage, type Usage } from '#src/domain/quotas/usage.ts';
import type { Account } from './account.ts';

interface Sources {
  pool: Pool;
  models: Models;
  clock: Clock;
}

export interface AccountUsage {
  account: Account;
  plan: Plan;
  usage: Usage;
  month: Month;
}

/** Throws when there is no such account. */
export async function readAccount({ models }: Pick<Sources, 'models'>, accountId: string): Promise<Account> {
  return models.Account.findByPk(accountId, { rejectOnEmpty: true });
}

/** The account, its plan, and its usage in the present month. */
export async function readAccountUsage(
  { clock, models, pool }: Sources,
  accountId: string,
): Promise<AccountUsage> {
  const month = monthAt(clock.now());
  const [account, usage] = await Promise.all([
    readAccount({ models }, accountId),
    readUsage(pool, accountId, month),
  ]);
  const plan = findPlan(account.plan);
  if (plan === undefined) throw new Error(`Account ${accountId} has no plan that we know`);
  return { account, plan, usage, month };
}
