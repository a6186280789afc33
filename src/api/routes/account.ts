import { readAccountUsage } from '../../accounts/account-usage.ts';
import type { Container } from '../../container.ts';
import { ok } from '../answer.ts';
import { operation } from '../operation.ts';
import { accountShape, presentAccount } from '../presenters/account.ts';
import type { Routes } from '../routes.ts';

export function accountRoutes(routes: Routes, container: Container): void {
  routes.at('/account', {
    get: operation({
      id: 'getAccount',
      summary: 'Get the account, its plan and usage',
      answers: { 200: accountShape },
      handle: async ({ accountId }) => {
        const { account, plan, ...used } = await readAccountUsage(container, accountId);
        return ok(presentAccount(account, plan, used));
      },
    }),
  });
}
