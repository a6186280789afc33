import type { PoolClient } from 'pg';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { COUNTED_LIMITS } from '#src/domain/plans/counted-limits.ts';
import { findPlan, type Plan, planSlugs } from '#src/domain/plans/plans.ts';
import { withCommas } from '#src/domain/plans/upgrade.ts';
import { type Month, monthAt } from '#src/domain/quotas/month.ts';
import { readUsage } from '#src/domain/quotas/usage.ts';

/** The plan of this slug. Throws InvalidInput that names all plans. */
export function planNamed(slug: string): Plan {
  const plan = findPlan(slug);
  if (plan === undefined || !planSlugs.includes(slug)) {
    throw new InvalidInput(
      `There is no plan "${slug.slice(0, 50)}". The plans are: ${planSlugs.join(', ')}.`,
    );
  }
  return plan;
}

export interface PlanChange {
  isChanged: boolean;
  /** A sentence for the customer. */
  note?: string;
}

/**
 * Puts the account on `plan`. Throws InvalidInput that says what to remove, and where, when more is in use than the
 * plan allows. Accepted messages cannot be removed: when the month has more than the plan, a note says so.
 */
export async function changeAccountPlan(
  { client, clock }: { client: PoolClient; clock: Clock },
  accountId: string,
  plan: Plan,
): Promise<PlanChange> {
  // Making an endpoint or a member locks the account, too. Not `for update`, for which every new foreign key would
  // wait.
  const { rows } = await client.query<{ name: string; plan: string }>(
    'select name, plan from accounts where id = $1 for no key update',
    [accountId],
  );
  const [account] = rows;
  if (account === undefined || account.plan === plan.slug) return { isChanged: false };
  const month = monthAt(clock.now());
  const { counted, members, messages } = await readUsage(client, accountId, month);
  const surpluses = [
    ...COUNTED_LIMITS.map(({ of, noun, plural, where }) =>
      surplus(plan, { used: counted[of], allowed: plan[of], noun, plural, where }),
    ),
    surplus(plan, {
      used: members,
      allowed: plan.members,
      noun: 'team member',
      plural: 'team members',
      where: 'Remove, under Settings, Team',
    }),
  ].filter((one) => one !== null);
  if (surpluses.length > 0) throw new InvalidInput(tooMuch(surpluses));
  await client.query('update accounts set plan = $2 where id = $1', [accountId, plan.slug]);
  const object = { type: 'account', id: accountId, name: account.name };
  const details = { from: account.plan, to: plan.slug };
  await recordChange({ db: client, clock }, { accountId, action: 'account.plan_changed', object, details });
  return messages >= plan.messagesPerMonth
    ? { isChanged: true, note: monthIsFull(plan, messages, month) }
    : { isChanged: true };
}

interface Compared {
  used: number;
  allowed: number;
  noun: string;
  plural: string;
  /** The button, or the call,, and where it is in the dashboard. */
  where: string;
}

interface Surplus {
  inUse: string;
  remedy: string;
}

/** What is in use beyond the plan, and what to remove where; null when nothing is. */
function surplus({ slug }: Plan, { used, allowed, noun, plural, where }: Compared): Surplus | null {
  const more = used - allowed;
  if (more <= 0) return null;
  return {
    inUse: `${withCommas(used)} ${plural} and the plan ${slug} allows ${withCommas(allowed)}`,
    remedy: `remove ${withCommas(more)} ${more === 1 ? noun : plural} (${where})`,
  };
}

function tooMuch(surpluses: Surplus[]): string {
  const inUse = surpluses.map((one) => one.inUse).join('; ');
  const remedies = surpluses.map(({ remedy }) => remedy).join(' and ');
  return (
    `This add-on has ${inUse}. Open the dashboard (heroku addons:open hosted-hooks), ${remedies}, ` +
    'then change the plan again.'
  );
}

function monthIsFull(plan: Plan, messages: number, { endsAtMs }: Month): string {
  return (
    `${withCommas(messages)} messages were accepted this month and the plan ${plan.slug} has ` +
    `${withCommas(plan.messagesPerMonth)}: new ones are refused until ${new Date(endsAtMs).toISOString()}.`
  );
}
