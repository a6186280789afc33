import type { Config } from '#src/config.ts';
import { HerokuError } from './output.ts';

const DEFAULT_PLAN = 'hobby';

/**
 * Cents a month, for show. The provider does not know prices: the real ones are kept in Heroku's Partner Portal, which
 * bills for them.
 */
const CENTS: Record<string, number> = { test: 0, hobby: 0, starter: 1900, growth: 9900, scale: 49900 };

const HOURS_A_MONTH = 720;

/** `free`, or the price by hour and at most by month, as the Heroku CLI prints it. */
export function priceOf(plan: string): string {
  const cents = CENTS[plan] ?? 0;
  if (cents === 0) return 'free';
  return `~$${(cents / 100 / HOURS_A_MONTH).toFixed(3)}/hour (max ${monthlyPriceOf(plan)})`;
}

/** What a month costs at most. */
export function priceInCents(plan: string): number {
  return CENTS[plan] ?? 0;
}

export function monthlyPriceOf(plan: string): string {
  const cents = CENTS[plan] ?? 0;
  return cents === 0 ? 'free' : `$${String(cents / 100)}/month`;
}

/** The plan in `hosted-hooks:growth`; without one the default. The provider judges whether there is such a plan. */
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

/** The plans as the Partner Portal lists them, the cheapest first. */
export const PLANS = Object.keys(CENTS).map((slug) => ({
  slug,
  name: `${slug.slice(0, 1).toUpperCase()}${slug.slice(1)}`,
  isDefault: slug === DEFAULT_PLAN,
}));
