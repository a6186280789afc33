import type { Account } from '../../accounts/account.ts';
import type { Plan } from '../../accounts/plans.ts';

export interface Usage {
  endpoints: number;
  members: number;
}

export function presentAccount(account: Account, plan: Plan, usage: Usage) {
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
