/** What a plan allows. A slug never disappears: whoever has the plan keeps it. */
export interface Plan {
  slug: string;
  messagesPerMonth: number;
  /**
   * Messages a second, averaged over a minute: {@link BURST_SECONDS} of them may come at once after a pause. Every message
   * that is posted counts, also one that is then refused or was there before.
   */
  publishRate: number;
  endpoints: number;
  members: number;
  retentionDays: number;
}

/** Over how long the publish rate is averaged. */
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

export function findPlan(slug: string): Plan | undefined {
  return PLANS.find((plan) => plan.slug === slug);
}

/** Of any plan: what is older nobody keeps. */
export const longestRetentionDays = Math.max(...PLANS.map(({ retentionDays }) => retentionDays));

/** The smallest plan that allows more; none above the largest. */
export function nextBiggerPlan(plan: Plan): Plan | undefined {
  return PLANS.find(({ messagesPerMonth }) => messagesPerMonth > plan.messagesPerMonth);
}
