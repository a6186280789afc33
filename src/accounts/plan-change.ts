import type { PoolClient } from 'pg';
import { InvalidInput } from '../lib/errors.ts';
import { findPlan, type Plan, planSlugs } from './plans.ts';

/** The plan of this slug; throws InvalidInput that names those there are. */
export function planNamed(slug: string): Plan {
  const plan = findPlan(slug);
  if (plan === undefined) {
    throw new InvalidInput(
      `There is no plan "${slug.slice(0, 50)}". The plans are: ${planSlugs.join(', ')}.`,
    );
  }
  return plan;
}

/**
 * Puts the account on `plan`, unless it has more endpoints than that plan allows. Answers whether that changed it.
 */
export async function changeAccountPlan(client: PoolClient, accountId: string, plan: Plan): Promise<boolean> {
  const { rows } = await client.query<{ plan: string }>(
    'select plan from accounts where id = $1 for update',
    [accountId],
  );
  if (rows[0]?.plan === plan.slug) return false;
  const surplus = (await countEndpoints(client, accountId)) - plan.endpoints;
  if (surplus > 0) throw new InvalidInput(tooManyEndpoints(plan, surplus));
  await client.query('update accounts set plan = $2 where id = $1', [accountId, plan.slug]);
  return true;
}

async function countEndpoints(client: PoolClient, accountId: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from endpoints where account_id = $1',
    [accountId],
  );
  return rows[0]?.count ?? 0;
}

function tooManyEndpoints(plan: Plan, surplus: number): string {
  const [used, allowed, more] = [plan.endpoints + surplus, plan.endpoints, surplus].map((number) =>
    number.toLocaleString('en-US'),
  );
  const noun = surplus === 1 ? 'endpoint' : 'endpoints';
  return (
    `This add-on has ${String(used)} endpoints and the plan ${plan.slug} allows ${String(allowed)}. Open the dashboard ` +
    `(heroku addons:open hosted-hooks), remove ${String(more)} ${noun} under Apps, then change the plan again.`
  );
}
