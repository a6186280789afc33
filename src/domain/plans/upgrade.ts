import { nextBiggerPlan, type Plan } from './plans.ts';

/** The shell command that upgrades to the next larger plan; null for the largest. */
export function upgradeCommand(plan: Plan, cli = 'heroku'): string | null {
  const next = planToUpgradeTo(plan);
  return next === null ? null : `${cli} addons:upgrade ${next}`;
}

/** The next larger plan as Heroku names it (`hosted-hooks:growth`); null for the largest. */
export function planToUpgradeTo(plan: Plan): string | null {
  const next = nextBiggerPlan(plan);
  return next === undefined ? null : `hosted-hooks:${next.slug}`;
}

/** The sentence that ends a refusal: how to get more than `plan` allows. */
export function howToGetMore(plan: Plan): string {
  const command = upgradeCommand(plan);
  return command === null ? 'It is our largest: ask us for more.' : `For more, upgrade: ${command}`;
}

export const withCommas = (number: number) => number.toLocaleString('en-US');
