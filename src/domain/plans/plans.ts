/** The limits of a plan. A slug is never removed, because accounts keep their plan. */
export interface Plan {
  slug: string;
  messagesPerMonth: number;
  /**
   * Messages a second, averaged over a minute: {@link BURST_SECONDS} times as many may come at once after a pause.
   * Every posted message counts, including one that is refused later and a repeat of an `event_id`.
   */
  publishRate: number;
  endpoints: number;
  members: number;
  retentionDays: number;
}

/** The time over which rates are averaged: a token bucket holds so many seconds of its rate. */
export const BURST_SECONDS = 60;

const PLANS: readonly Plan[] = [
  { slug: 'test', messagesPerMonth: 10_000, publishRate: 100, endpoints: 100, members: 5, retentionDays: 3 },
  { slug: 'hobby', messagesPerMonth: 10_000, publishRate: 100, endpoints: 100, members: 5, retentionDays: 3 },
  {
    slug: 'starter',
    messagesPerMonth: 250_000,
    publishRate: 250,
    endpoints: 1000,
    members: 10,
    retentionDays: 7,
  },
  {
    slug: 'growth',
    messagesPerMonth: 2_500_000,
    publishRate: 1000,
    endpoints: 10_000,
    members: 25,
    retentionDays: 30,
  },
  {
    slug: 'scale',
    messagesPerMonth: 25_000_000,
    publishRate: 5000,
    endpoints: 100_000,
    members: 100,
    retentionDays: 90,
  },
];

export const planSlugs = PLANS.map(({ slug }) => slug);

/** For alpha testers only. */
const HIDDEN_PLAN = 'test';

/** The plans that pages and documents show. */
export const plansForSale = PLANS.filter(({ slug }) => slug !== HIDDEN_PLAN);

export function findPlan(slug: string): Plan | undefined {
  return PLANS.find((plan) => plan.slug === slug);
}

/** The longest retention of all plans. */
export const maxRetentionDays = Math.max(...PLANS.map(({ retentionDays }) => retentionDays));

/** The next larger plan; undefined for the largest. */
export function nextBiggerPlan(plan: Plan): Plan | undefined {
  return PLANS.find(({ messagesPerMonth }) => messagesPerMonth > plan.messagesPerMonth);
}
