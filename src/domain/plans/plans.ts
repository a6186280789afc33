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
  apps: number;
  /** Of all apps together, like those below. */
  subscriptions: number;
  eventTypes: number;
  /** Of the schemas and versions of all event types. */
  schemaKilobytes: number;
  hookHelpers: number;
  members: number;
  retentionDays: number;
}

/** The time over which rates are averaged: a token bucket holds so many seconds of its rate. */
export const BURST_SECONDS = 60;

const FREE = {
  messagesPerMonth: 10_000,
  publishRate: 100,
  endpoints: 100,
  apps: 10,
  subscriptions: 1000,
  eventTypes: 200,
  schemaKilobytes: 1024,
  hookHelpers: 10,
  members: 5,
  retentionDays: 3,
};

const PLANS: readonly Plan[] = [
  { slug: 'test', ...FREE },
  { slug: 'hobby', ...FREE },
  {
    slug: 'starter',
    messagesPerMonth: 250_000,
    publishRate: 250,
    endpoints: 1000,
    apps: 25,
    subscriptions: 10_000,
    eventTypes: 500,
    schemaKilobytes: 2048,
    hookHelpers: 25,
    members: 10,
    retentionDays: 7,
  },
  {
    slug: 'growth',
    messagesPerMonth: 2_500_000,
    publishRate: 1000,
    endpoints: 10_000,
    apps: 100,
    subscriptions: 100_000,
    eventTypes: 2000,
    schemaKilobytes: 4096,
    hookHelpers: 50,
    members: 25,
    retentionDays: 30,
  },
  {
    slug: 'scale',
    messagesPerMonth: 25_000_000,
    publishRate: 5000,
    endpoints: 100_000,
    apps: 500,
    subscriptions: 1_000_000,
    eventTypes: 5000,
    schemaKilobytes: 8192,
    hookHelpers: 100,
    members: 100,
    retentionDays: 90,
  },
];

export const planSlugs = PLANS.map(({ slug }) => slug);

/** For alpha testers only. */
const HIDDEN_PLAN = 'test';

/** The plans that pages and documents show. */
export const plansForSale = PLANS.filter(({ slug }) => slug !== HIDDEN_PLAN);

/** The plan of our own account, which nobody can choose. Its log is kept as long as on most plans. */
export const INTERNAL_PLAN: Plan = {
  slug: 'internal',
  messagesPerMonth: 1_000_000_000,
  publishRate: 50_000,
  endpoints: 1_000_000,
  apps: 1,
  subscriptions: 1_000_000,
  eventTypes: 200,
  schemaKilobytes: 1024,
  hookHelpers: 0,
  members: 0,
  retentionDays: 30,
};

export function findPlan(slug: string): Plan | undefined {
  return [...PLANS, INTERNAL_PLAN].find((plan) => plan.slug === slug);
}

/** The longest retention of all plans. */
export const maxRetentionDays = Math.max(...PLANS.map(({ retentionDays }) => retentionDays));

/** The next larger plan; undefined for the largest. */
export function nextBiggerPlan(plan: Plan): Plan | undefined {
  return PLANS.find(({ messagesPerMonth }) => messagesPerMonth > plan.messagesPerMonth);
}
