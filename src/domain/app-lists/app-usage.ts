import type { Pool } from 'pg';
import type { DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import { LAST_DAY, spanOf } from '#src/domain/attempts/ranges.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { firstIdAt } from '#src/infra/lib/ids.ts';

/** Messages that are counted over all apps: what some leave of their even share goes to the others. */
const MAX_MESSAGES = 10_000;

/** What an app took and sent in the last day, in whole hours. */
export interface AppUsage {
  appId: string;
  messages: number;
  /** Whether it has more messages than its share of {@link MAX_MESSAGES}, and so many is all that is known. */
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
  const [counts, messages] = await Promise.all([
    deliveryCounts.ofApps(accountId, appIds),
    countMessages(pool, { accountId, appIds, firstId: firstIdAt(sinceMs) }),
  ]);
  return messages
    .map((counted) => {
      const count = counts.get(counted.appId);
      return { ...counted, attempts: count === undefined ? 0 : count.succeeded + count.failed };
    })
    .filter(({ attempts, messages }) => attempts + messages > 0)
    .sort((a, b) => b.messages - a.messages || b.attempts - a.attempts);
}

interface Asked {
  accountId: string;
  appIds: string[];
  firstId: string;
}

/** The messages of each app, up to its share; those who have more get what the others left of theirs. */
async function countMessages(
  pool: Pool,
  { accountId, appIds, firstId }: Asked,
): Promise<Omit<AppUsage, 'attempts'>[]> {
  const count = async (ids: string[], share: number) => {
    const values = [accountId, ids, firstId, share + 1];
    const { rows } = await pool.query<{ appId: string; messages: number }>(MESSAGES, values);
    return rows.map(({ appId, messages }) => ({
      appId,
      messages: Math.min(messages, share),
      isCut: messages > share,
    }));
  };
  const share = Math.floor(MAX_MESSAGES / Math.max(1, appIds.length));
  const first = await count(appIds, share);
  const cut = first.filter(({ isCut }) => isCut).map(({ appId }) => appId);
  const left = MAX_MESSAGES - first.reduce((sum, { messages }) => sum + messages, 0);
  const more = Math.floor(left / Math.max(1, cut.length));
  if (cut.length === 0 || more === 0) return first;
  return [...first.filter(({ isCut }) => !isCut), ...(await count(cut, share + more))];
}

/** Reads the primary key of one app after the other. */
const MESSAGES = `
  select app.id as "appId", counted.messages from unnest($2::uuid[]) as app(id) cross join lateral (
    select count(*)::int as messages from (
      select from messages where messages.account_id = $1 and messages.app_id = app.id and messages.id >= $3
      limit $4 offset 0
    ) newest
  ) counted`;
