import { readAccountUsage } from '#src/domain/accounts/account-usage.ts';
import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import { accountShape, presentAccount } from '#src/surfaces/api/presenters/account.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';

export function accountRoutes(
  routes: RouteTable,
  container: Pick<Container, 'clock' | 'models' | 'pool'>,
): void {
  routes.at('/account', {
    get: operation({
      id: 'getAccount',
      right: 'see',
      summary: 'Get the account, its plan and usage',
      answers: { 200: accountShape },
      handle: async ({ accountId }) => {
        const { account, plan, ...used } = await readAccountUsage(container, accountId);
        return ok(presentAccount(account, plan, used));
      },
    }),
  });
}
