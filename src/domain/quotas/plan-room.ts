import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { PaymentRequired } from '#src/infra/lib/errors.ts';
import { COUNTED_LIMITS, type Counted, type CountedLimit } from '#src/domain/plans/counted-limits.ts';
import { findPlan, type Plan } from '#src/domain/plans/plans.ts';
import { IS_OF_HEROKU } from './is-of-heroku.ts';
import { howToGetMore, withCommas } from '#src/domain/plans/upgrade.ts';

interface Asked {
  accountId: string;
  of: Counted;
  /** How many more are wanted. */
  more?: number;
  /**
   * Will insert the row. Its lock on the account serialises concurrent inserts; without it the check is a hint.
   */
  transaction?: Transaction;
}

/** Throws PaymentRequired when the plan has no room for one more, or as many as are asked for. */
export async function requireRoom(sequelize: Sequelize, asked: Asked): Promise<void> {
  const limit = limitNamed(asked.of);
  const locked = await lockedPlan(sequelize, asked);
  const { of, more = 1 } = asked;
  if (locked !== undefined && (await count(sequelize, limit, asked)) + more > locked.plan[of])
    throw isFull(locked, limit);
}

/** Runs `write` when the plan has room for one more. Throws PaymentRequired. */
export async function withinRoom<T>(
  sequelize: Sequelize,
  asked: Omit<Asked, 'transaction'>,
  write: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return sequelize.transaction(async (transaction) => {
    await requireRoom(sequelize, { ...asked, transaction });
    return write(transaction);
  });
}

/** Throws PaymentRequired, for the transaction to be rolled back, when it has written more than the plan allows. */
export async function requireWithin(
  sequelize: Sequelize,
  asked: Asked & Required<Pick<Asked, 'transaction'>>,
): Promise<void> {
  const limit = limitNamed(asked.of);
  const locked = await lockedPlan(sequelize, asked);
  if (locked !== undefined && (await count(sequelize, limit, asked)) > locked.plan[asked.of])
    throw isFull(locked, limit);
}

interface Locked {
  plan: Plan;
  isOfHeroku: boolean;
}

async function lockedPlan(
  sequelize: Sequelize,
  { accountId, transaction }: Asked,
): Promise<Locked | undefined> {
  const lock = transaction === undefined ? '' : 'for no key update';
  const [account] = await sequelize.query<{ plan: string; isOfHeroku: boolean }>(
    `select plan, ${IS_OF_HEROKU} from accounts where id = $1 ${lock}`,
    {
      bind: [accountId],
      type: QueryTypes.SELECT,
      transaction: transaction ?? null,
    },
  );
  const plan = findPlan(account?.plan ?? '');
  return account === undefined || plan === undefined ? undefined : { ...account, plan };
}

/** A separate statement, because its snapshot includes what was committed while the lock was awaited. */
async function count(
  sequelize: Sequelize,
  limit: CountedLimit,
  { accountId, transaction }: Asked,
): Promise<number> {
  const [counted] = await sequelize.query<{ count: number }>(limit.count, {
    bind: [accountId],
    type: QueryTypes.SELECT,
    transaction: transaction ?? null,
  });
  return counted?.count ?? 0;
}

const limitNamed = (of: Counted): CountedLimit => {
  const limit = COUNTED_LIMITS.find((one) => one.of === of);
  if (limit === undefined) throw new Error(`There is no limit ${of}`);
  return limit;
};

function isFull({ plan, isOfHeroku }: Locked, { of, plural }: CountedLimit): PaymentRequired {
  const message =
    `The plan ${plan.slug} allows ${withCommas(plan[of])} ${plural}, and there are that many. ` +
    `Remove one first. ${howToGetMore(plan, { isOfHeroku })}`;
  return new PaymentRequired(message, { code: 'plan_limit' });
}
