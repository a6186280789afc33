import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { PaymentRequired } from '#src/infra/lib/errors.ts';
import { findPlan, type Plan } from '#src/domain/plans/plans.ts';
import { howToGetMore, withCommas } from '#src/domain/plans/upgrade.ts';

interface Asked {
  accountId: string;
  /**
   * Will insert the endpoint. Its lock on the account serialises concurrent inserts; without it the check is a hint.
   */
  transaction?: Transaction;
}

/** Throws PaymentRequired when the account has as many endpoints as its plan allows. */
export async function requireEndpointQuota(sequelize: Sequelize, asked: Asked): Promise<void> {
  const { accountId, transaction } = asked;
  const options = {
    replacements: { accountId },
    type: QueryTypes.SELECT,
    transaction: transaction ?? null,
  } as const;
  const lock = transaction === undefined ? '' : 'for no key update';
  const [account] = await sequelize.query<{ plan: string }>(
    `select plan from accounts where id = :accountId ${lock}`,
    options,
  );
  const plan = findPlan(account?.plan ?? '');
  if (plan === undefined) return;
  // A separate statement, because its snapshot includes what was committed while the lock was awaited.
  const [endpoints] = await sequelize.query<{ count: number }>(
    'select count(*)::int as count from endpoints where account_id = :accountId',
    options,
  );
  if ((endpoints?.count ?? 0) >= plan.endpoints) throw tooManyEndpoints(plan);
}

function tooManyEndpoints(plan: Plan): PaymentRequired {
  const message =
    `The plan ${plan.slug} allows ${withCommas(plan.endpoints)} endpoints, and there are that many. ` +
    `Remove one first. ${howToGetMore(plan)}`;
  return new PaymentRequired(message, { code: 'plan_limit' });
}
