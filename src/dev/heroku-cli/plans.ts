import type { Config } from '#src/config.ts';
import { HerokuError } from './output.ts';

const DEFAULT_PLAN = 'hobby';

/** Cents a month, invented. The provider knows no prices, because Heroku's Partner Portal has them and bills. */
const CENTS: Record<string, number> = { test: 0, hobby: 0, starter: 1900, growth: 9900, scale: 49900 };

const HOURS_A_MONTH = 720;

/** `free`, or the price an hour and the maximum a month, in the Heroku CLI's form. */
export function priceOf(plan: string): string {
  const cents = CENTS[plan] ?? 0;
  if (cents === 0) return 'free';
  return `~$${(cents / 100 / HOURS_A_MONTH).toFixed(3)}/hour (max ${monthlyPriceOf(plan)})`;
}

/** The maximum price of a month. */
export function priceInCents(plan: string): number {
  return CENTS[plan] ?? 0;
}

export function monthlyPriceOf(plan: string): string {
  const cents = CENTS[plan] ?? 0;
  return cents === 0 ? 'free' : `$${String(cents / 100)}/month`;
}

/** The plan of `hosted-hooks:growth`, or the default plan. The provider refuses an unknown plan. */
export function planIn({ config }: { config: Pick<Config, 'heroku'> }, word: string): string {
  const { manifestId } = config.heroku;
  const [service, plan = DEFAULT_PLAN] = word.split(':');
  if (service !== manifestId) {
    throw new HerokuError(
      `Couldn't find either the add-on service or the add-on plan of "${word}". The fake Heroku sells ${manifestId}.`,
    );
  }
  return plan;
}

/** The plans in the order of the Partner Portal, the cheapest first. */
export const PLANS = Object.keys(CENTS).map((slug) => ({
  slug,
  name: `${slug.slice(0, 1).toUpperCase()}${slug.slice(1)}`,
  isDefault: slug === DEFAULT_PLAN,
}));
