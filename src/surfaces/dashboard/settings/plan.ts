import type { Container } from '#src/container.ts';
import { readAccount } from '#src/domain/accounts/account-usage.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { COUNTED_LIMITS } from '#src/domain/plans/counted-limits.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { howToGetMore } from '#src/domain/plans/upgrade.ts';
import { monthAt } from '#src/domain/quotas/month.ts';
import { readUsage } from '#src/domain/quotas/usage.ts';
import { lazy } from '#src/infra/lib/lazy.ts';
import { herokuCommands } from '#src/surfaces/dashboard/heroku-commands.ts';

export interface LimitBar {
  label: string;
  used: number;
  allowed: number;
  /** Percentage, at most 100. */
  share: number;
  /** `warning` from 80 %, `danger` at 100 %. */
  tone: 'success' | 'warning' | 'danger';
}

const dayFormat = lazy(() => new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }));

/** The plan of the account, and the usage of its limits. */
export async function readPlan(
  { clock, config, models, pool }: Pick<Container, 'clock' | 'config' | 'models' | 'pool'>,
  { accountId, resource }: Visit,
) {
  const month = monthAt(clock.now());
  const [account, usage] = await Promise.all([
    readAccount({ models }, accountId),
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
            ...COUNTED_LIMITS.map(({ of, plural }) =>
              bar(capitalised(plural), usage.counted[of], limits[of]),
            ),
            bar('Team members', usage.members, limits.members),
          ],
    countBeginsAgain: dayFormat().format(month.endsAtMs),
    /** Without Heroku: how to get more, as a sentence; null where a command says it, or nothing does. */
    ask: limits === null || resource !== null ? null : howToGetMore(limits, { isOfHeroku: false }),
    /** Null also without Heroku, which sells the larger plans. */
    upgrade: limits === null || resource === null ? null : herokuCommands(config, resource).upgrade(limits),
  };
}

const capitalised = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

function bar(label: string, used: number, allowed: number): LimitBar {
  const share = Math.min(100, Math.floor((used / allowed) * 100));
  return { label, used, allowed, share, tone: share < 80 ? 'success' : share < 100 ? 'warning' : 'danger' };
}
