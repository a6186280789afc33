import { z } from 'zod';
import type { Account } from '#src/domain/accounts/account.ts';
import { COUNTED_LIMITS, type Counted } from '#src/domain/plans/counted-limits.ts';
import { BURST_SECONDS, type Plan } from '#src/domain/plans/plans.ts';
import { upgradeCommand } from '#src/domain/plans/upgrade.ts';
import type { Month } from '#src/domain/quotas/month.ts';
import type { Usage } from '#src/domain/quotas/usage.ts';
import { createdAt, id, named, time } from './shape.ts';

/** A number for each counted limit, by its name in the API. */
const counts = () =>
  ({
    apps: z.int(),
    event_types: z.int(),
    schema_kilobytes: z.int().describe('Of the schemas of all event types.'),
    subscriptions: z.int(),
    endpoints: z.int(),
    hook_helpers: z.int(),
  }) as const;

const tell = (numberOf: (of: Counted) => number) =>
  Object.fromEntries(COUNTED_LIMITS.map(({ of, name }) => [name, numberOf(of)])) as Record<
    keyof ReturnType<typeof counts>,
    number
  >;

export const accountShape = named(
  'Account',
  'Who the API key belongs to.',
  z.object({
    id: id(),
    name: z.string().meta({ examples: ['acme-shop'] }),
    plan: z.string().meta({ examples: ['hobby'] }),
    limits: z
      .object({
        messages_per_month: z.int(),
        messages_per_second: z.int().describe('Averaged over a minute.'),
        messages_per_minute: z.int().describe('So many may come at once after a pause.'),
        ...counts(),
        members: z.int(),
        retention_days: z.int().describe('For how long the log is kept.'),
      })
      .describe('What the plan allows.'),
    usage: z
      .object({
        messages_this_month: z.int().describe('Accepted since the month began, by UTC.'),
        messages_remaining: z.int(),
        month_ends_at: time('When the count begins again.'),
        ...counts(),
        endpoints_remaining: z.int(),
        members: z.int(),
        members_remaining: z.int(),
      })
      .describe('What is used of that.'),
    upgrade_command: z
      .string()
      .nullable()
      .meta({
        description:
          'What to type at Heroku for the next bigger plan; null on the largest, and without Heroku.',
        examples: ['heroku addons:upgrade hosted-hooks:starter'],
      }),
    created_at: createdAt,
  }),
);

export function presentAccount(
  account: Account,
  plan: Plan,
  { usage: { counted, isOfHeroku, members, messages }, month }: { usage: Usage; month: Month },
): z.output<typeof accountShape> {
  return {
    id: account.id,
    name: account.name,
    plan: plan.slug,
    limits: {
      messages_per_month: plan.messagesPerMonth,
      messages_per_second: plan.publishRate,
      messages_per_minute: plan.publishRate * BURST_SECONDS,
      ...tell((of) => plan[of]),
      members: plan.members,
      retention_days: plan.retentionDays,
    },
    usage: {
      messages_this_month: messages,
      messages_remaining: Math.max(0, plan.messagesPerMonth - messages),
      month_ends_at: new Date(month.endsAtMs),
      ...tell((of) => counted[of]),
      endpoints_remaining: Math.max(0, plan.endpoints - counted.endpoints),
      members,
      members_remaining: Math.max(0, plan.members - members),
    },
    upgrade_command: isOfHeroku ? upgradeCommand(plan) : null,
    created_at: account.createdAt,
  };
}
