import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import type { Plan } from '../../accounts/plans.ts';
import { createdAt, id, named } from './shape.ts';

export interface Usage {
  endpoints: number;
  members: number;
}

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
        endpoints: z.int(),
        members: z.int(),
        retention_days: z.int().describe('For how long the log is kept.'),
      })
      .describe('What the plan allows.'),
    usage: z.object({ endpoints: z.int(), members: z.int() }).describe('What is used of that.'),
    created_at: createdAt,
  }),
);

export function presentAccount(account: Account, plan: Plan, usage: Usage): z.output<typeof accountShape> {
  return {
    id: account.id,
    name: account.name,
    plan: plan.slug,
    limits: {
      messages_per_month: plan.messagesPerMonth,
      messages_per_second: plan.publishRate,
      endpoints: plan.endpoints,
      members: plan.members,
      retention_days: plan.retentionDays,
    },
    usage,
    created_at: account.createdAt,
  };
}
