import { findPlan } from '../../accounts/plans.ts';
import type { Container } from '../../container.ts';
import type { SessionUser } from '../../http/session-user.ts';
import { monthAt } from '../../quotas/month.ts';
import { upgradeCommand } from '../../quotas/upgrade.ts';
import { readUsage } from '../../quotas/usage.ts';

export interface LimitBar {
  label: string;
  used: number;
  allowed: number;
  /** Per cent, at most 100. */
  share: number;
}

/** The plan of the account, and how much of it is used. */
export async function readPlan({ clock, models, pool }: Container, { accountId }: SessionUser) {
  const month = monthAt(clock.now());
  const [account, usage] = await Promise.all([
    models.Account.findByPk(accountId, { rejectOnEmpty: true }),
    readUsage(pool, accountId, month),
  ]);
  const limits = findPlan(account.plan) ?? null;
  return {
    slug: account.plan,
    limits,
    bars:
      limits === null
        ? []
        : [
            bar('Messages this month', usage.messages, limits.messagesPerMonth),
            bar('Endpoints', usage.endpoints, limits.endpoints),
            bar('Team members', usage.members, limits.members),
          ],
    monthEndsAt: new Date(month.endsAtMs),
    upgrade: limits === null ? null : upgradeCommand(limits),
  };
}

function bar(label: string, used: number, allowed: number): LimitBar {
  return { label, used, allowed, share: Math.min(100, Math.floor((used / allowed) * 100)) };
}
