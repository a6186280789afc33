import type { Pool } from 'pg';
import type { DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import { LAST_DAY, spanOf } from '#src/domain/attempts/ranges.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { firstIdAt } from '#src/infra/lib/ids.ts';

/** Messages that are counted of an app. */
const MAX_MESSAGES = 10_000;

/** What an app took and sent in the last day, in whole hours. */
export interface AppUsage {
  appId: string;
  messages: number;
  /** Whether it has more messages than {@link MAX_MESSAGES}, and so many is all that is known. */
  isCut: boolean;
  attempts: number;
}

interface Parts {
  pool: Pool;
  deliveryCounts: DeliveryCounts;
  clock: Clock;
}

/** Those of the apps that took or sent anything, who took most first. */
export async function usageOfApps(
  { pool, deliveryCounts, clock }: Parts,
  accountId: string,
  appIds: string[],
): Promise<AppUsage[]> {
  const { sinceMs } = spanOf(LAST_DAY, clock.now());
  const [counts, { rows }] = await Promise.all([
    deliveryCounts.ofApps(accountId, appIds),
    pool.query<{ appId: string; messages: number }>(MESSAGES, [
      accountId,
      appIds,
      firstIdAt(sinceMs),
      MAX_MESSAGES + 1,
    ]),
  ]);
  return rows
    .map(({ appId, messages }) => {
      const count = counts.get(appId);
      return {
        appId,
        messages: Math.min(messages, MAX_MESSAGES),
        isCut: messages > MAX_MESSAGES,
        attempts: count === undefined ? 0 : count.succeeded + count.failed,
      };
    })
    .filter(({ attempts, messages }) => attempts + messages > 0)
    .sort((a, b) => b.messages - a.messages || b.attempts - a.attempts);
}

/** Reads the primary key of one app after the other. */
const MESSAGES = `
  select app.id as "appId", counted.messages from unnest($2::uuid[]) as app(id) cross join lateral (
    select count(*)::int as messages from (
      select from messages where messages.account_id = $1 and messages.app_id = app.id and messages.id >= $3
      limit $4 offset 0
    ) newest
  ) counted`;
