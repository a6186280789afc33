import { nextBiggerPlan, type Plan } from './plans.ts';

/** What to type for the next bigger plan; null on the largest. Of the API as well, so it is Heroku's own command. */
export function upgradeCommand(plan: Plan, cli = 'heroku'): string | null {
  const next = planToUpgradeTo(plan);
  return next === null ? null : `${cli} addons:upgrade ${next}`;
}

/** The next bigger plan as Heroku names it; null on the largest. */
export function planToUpgradeTo(plan: Plan): string | null {
  const next = nextBiggerPlan(plan);
  return next === undefined ? null : `hosted-hooks:${next.slug}`;
}

/** How to get more than `plan` allows, as a sentence for whoever was refused. */
export function howToGetMore(plan: Plan): string {
  const command = upgradeCommand(plan);
  return command === null ? 'It is our largest: ask us for more.' : `For more, upgrade: ${command}`;
}

export const withCommas = (number: number) => number.toLocaleString('en-US');
