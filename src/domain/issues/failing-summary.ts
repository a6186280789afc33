import type { Pool } from 'pg';
import type { Cause } from './causes.ts';

// What fails in an account now, as its first page shows it: short, however much it is.

/** Who is hit, and since when. */
interface Hit {
  appId: string;
  appName: string;
  endpoints: number;
  /** The names of the first {@link MAX_NAMED}. */
  names: string[];
  subscribers: number;
  since: Date;
}

export interface FailingSummary {
  /** Endpoints that we turned off, by app, those of most endpoints first. */
  off: Hit[];
  /** Open issues by app and cause, those of most endpoints first. */
  causes: (Hit & { cause: Cause })[];
  /** Whether the rows that were read, or the groups, are not all. */
  isCut: boolean;
}

const MAX_NAMED = 3;
const MAX_GROUPS = 6;
/** Endpoints, and issues, that are read at most. */
const MAX_READ = 1000;

/**
 * The endpoints that are off and the open issues, at most a thousand of each, of the account or of one of its apps.
 */
export async function failingSummary(
  pool: Pool,
  accountId: string,
  appId: string | null = null,
): Promise<FailingSummary> {
  const [off, causes] = await Promise.all([
    pool.query<Hit & { read: number }>(OFF, [accountId, MAX_READ, MAX_GROUPS + 1, appId]),
    pool.query<Hit & { cause: Cause; read: number }>(CAUSES, [accountId, MAX_READ, MAX_GROUPS + 1, appId]),
  ]);
  const isCut = [off.rows, causes.rows].some(
    (rows) => rows.length > MAX_GROUPS || (rows[0]?.read ?? 0) >= MAX_READ,
  );
  return { off: off.rows.slice(0, MAX_GROUPS), causes: causes.rows.slice(0, MAX_GROUPS), isCut };
}

const grouped = (rows: string, by: string) => `
  with hit as (${rows}),
  groups as (
    select ${by}, count(distinct endpoint_id)::int as endpoints, count(distinct subscription_id)::int as subscribers,
      min(since) as since, (array_agg(distinct subscription_id))[1:${String(MAX_NAMED)}] as named,
      (select count(*)::int from hit) as read
    from hit group by ${by} order by endpoints desc, ${by} limit $3
  )
  select app_id as "appId", apps.name as "appName", ${by.replace('app_id', 'endpoints')}, subscribers, since, read,
    array(select subscriptions.name from subscriptions
      where subscriptions.account_id = $1 and subscriptions.id = any(named) order by subscriptions.id) as names
  from groups join apps on apps.account_id = $1 and apps.id = app_id
  order by endpoints desc, ${by}`;

const OFF = grouped(
  `select app_id, id as endpoint_id, subscription_id, inactive_since as since from endpoints
    where account_id = $1 and ($4::uuid is null or app_id = $4) and status = 'inactive'
      and inactive_reason is not null limit $2`,
  'app_id',
);

const CAUSES = grouped(
  `select app_id, endpoint_id, subscription_id, cause, opened_at as since from issues
    where account_id = $1 and ($4::uuid is null or app_id = $4) and status = 'open' limit $2`,
  'app_id, cause',
);
