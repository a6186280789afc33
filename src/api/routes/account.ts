import { findPlan } from '../../plans/plans.ts';
import type { Container } from '../../container.ts';
import { monthAt } from '../../quotas/month.ts';
import { readUsage } from '../../quotas/usage.ts';
import { ok } from '../answer.ts';
import { operation } from '../operation.ts';
import { accountShape, presentAccount } from '../presenters/account.ts';
import type { Routes } from '../routes.ts';

export function accountRoutes(routes: Routes, { clock, models, pool }: Container): void {
  routes.at('/account', {
    get: operation({
      id: 'getAccount',
      summary: 'Get the account, its plan and usage',
      answers: { 200: accountShape },
      handle: async ({ accountId }) => {
        const month = monthAt(clock.now());
        const [account, usage] = await Promise.all([
          models.Account.findByPk(accountId, { rejectOnEmpty: true }),
          readUsage(pool, accountId, month),
        ]);
        const plan = findPlan(account.plan);
        if (plan === undefined) throw new Error(`Account ${accountId} has no plan that we know`);
        return ok(presentAccount(account, plan, { usage, month }));
      },
    }),
  });
}
