import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { PaymentRequired } from '#src/infra/lib/errors.ts';
import { findPlan, type Plan } from '#src/domain/plans/plans.ts';
import { howToGetMore, withCommas } from '#src/domain/plans/upgrade.ts';

interface Asked {
  accountId: string;
  /** In which the endpoint will be made: the account is locked, so that two at once are both counted. Without: a look. */
  transaction?: Transaction;
}

/** Throws PaymentRequired when the account has all endpoints that its plan allows. */
export async function requireRoomForEndpoint(sequelize: Sequelize, asked: Asked): Promise<void> {
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
  // A statement of its own: it sees what was committed while the lock was waited for.
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
