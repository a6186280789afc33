import type { Pool } from 'pg';
import type { Clock } from '../lib/clock.ts';
import type { Models } from '../models.ts';
import { findPlan, type Plan } from '../plans/plans.ts';
import { type Month, monthAt } from '../quotas/month.ts';
import { readUsage, type Usage } from '../quotas/usage.ts';
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

/** The account, its plan, and what it uses of that this month. */
export async function readAccountUsage(
  { clock, models, pool }: Sources,
  accountId: string,
): Promise<AccountUsage> {
  const month = monthAt(clock.now());
  const [account, usage] = await Promise.all([
    models.Account.findByPk(accountId, { rejectOnEmpty: true }),
    readUsage(pool, accountId, month),
  ]);
  const plan = findPlan(account.plan);
  if (plan === undefined) throw new Error(`Account ${accountId} has no plan that we know`);
  return { account, plan, usage, month };
}
