import type { Pool } from 'pg';
import type { AttemptCount, DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';

/** How many endpoints an app has. */
interface EndpointsOfApp {
  on: number;
  off: number;
  /** On, and no delivery succeeds. */
  failing: number;
}

/** How an app fares: its endpoints now, its attempts of the last 24 hours, and its last message. */
export interface AppHealth extends AttemptCount {
  endpoints: EndpointsOfApp;
  /** Null: it has none that is kept. */
  lastMessageAt: Date | null;
}

interface Parts {
  pool: Pool;
  deliveryCounts: DeliveryCounts;
}

/** How each of a page of apps fares. */
export async function healthOfApps(
  { pool, deliveryCounts }: Parts,
  accountId: string,
  appIds: string[],
): Promise<(appId: string) => AppHealth> {
  const [counts, endpoints, messages] = await Promise.all([
    deliveryCounts.ofApps(accountId, appIds),
    pool.query<EndpointsOfApp & { appId: string }>(ENDPOINTS, [accountId, appIds]),
    pool.query<{ appId: string; id: string }>(LAST_MESSAGES, [accountId, appIds]),
  ]);
  const numbers = new Map(endpoints.rows.map(({ appId, ...of }) => [appId, of]));
  const last = new Map(messages.rows.map(({ appId, id }) => [appId, new Date(timeOfId(id))]));
  return (appId) => ({
    ...(counts.get(appId) ?? { succeeded: 0, failed: 0 }),
    endpoints: numbers.get(appId) ?? { on: 0, off: 0, failing: 0 },
    lastMessageAt: last.get(appId) ?? null,
  });
}

const ENDPOINTS = `
  select app_id as "appId", (count(*) filter (where status = 'active'))::int as "on",
    (count(*) filter (where status = 'inactive'))::int as off,
    (count(*) filter (where status = 'active' and failing_since is not null))::int as failing
  from endpoints where account_id = $1 and app_id = any($2) group by app_id`;

/** One step into the primary key for each app. */
const LAST_MESSAGES = `
  select app.id as "appId", last.id from unnest($2::uuid[]) as app(id) cross join lateral (
    select id from messages where messages.account_id = $1 and messages.app_id = app.id
    order by messages.id desc limit 1 offset 0
  ) last`;
