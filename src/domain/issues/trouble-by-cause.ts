import type { Pool } from 'pg';
import type { Cause } from './causes.ts';

// What needs somebody in an account now, by cause: short, however much it is.

/** Endpoints of an app that fail for one cause: who is hit, and since when. */
export interface Trouble {
  appId: string;
  appName: string;
  /** Null: they are off, and nobody knows why any more. */
  cause: Cause | null;
  /** Whether somebody knows of it already: those of one group all have an open issue, or an acknowledged one. */
  isAcknowledged: boolean;
  endpoints: number;
  /** How many of them we turned off. */
  off: number;
  subscribers: number;
  /** The names of some of those. */
  names: string[];
  since: Date;
}

export interface AccountTrouble {
  /** Those of most endpoints first. */
  groups: Trouble[];
  /** Endpoints that we turned off, in all apps; as many as were read. */
  off: number;
  /** Groups beside the ones shown, and the endpoints of all of those. */
  more: { groups: number; endpoints: number };
  /** Whether more endpoints or issues would have been there to read. */
  isCut: boolean;
}

const MAX_NAMED = 3;
const MAX_GROUPS = 8;
/** Endpoints, and issues, that are read at most. */
const MAX_READ = 5000;

interface Row extends Trouble {
  allOff: number;
  allIssues: number;
  allGroups: number;
  allEndpoints: number;
}

/** The endpoints of an account, or of one of its apps, that are off or have an open issue. */
export async function troubleByCause(
  pool: Pool,
  { accountId, appId = null }: { accountId: string; appId?: string | null },
): Promise<AccountTrouble> {
  const { rows } = await pool.query<Row>(TROUBLE, [accountId, appId, MAX_READ, MAX_GROUPS]);
  const groups = rows.map(
    ({ allOff: _, allIssues: __, allGroups: ___, allEndpoints: ____, ...group }) => group,
  );
  const [first] = rows;
  const shown = groups.reduce((sum, { endpoints }) => sum + endpoints, 0);
  return {
    groups,
    off: first?.allOff ?? 0,
    more: {
      groups: (first?.allGroups ?? 0) - groups.length,
      endpoints: (first?.allEndpoints ?? 0) - shown,
    },
    isCut: first !== undefined && (first.allOff >= MAX_READ || first.allIssues >= MAX_READ),
  };
}

/**
 * An endpoint that is off is in the group of the issue that was seen last, so that groups add up to the endpoints that
 * are off; one that is on, in the group of each of its open issues.
 */
const TROUBLE = `
  with off as materialized (
    select app_id, id as endpoint_id, subscription_id, inactive_since from endpoints
    where account_id = $1 and ($2::uuid is null or app_id = $2) and status = 'inactive' and inactive_reason is not null
    limit $3
  ), issue as materialized (
    select app_id, endpoint_id, subscription_id, cause, status, opened_at, last_seen_at from issues
    where account_id = $1 and ($2::uuid is null or app_id = $2) and status <> 'resolved' limit $3
  ), last as (
    select distinct on (endpoint_id) endpoint_id, cause, status, opened_at from issue order by endpoint_id, last_seen_at desc
  ), hit as (
    select off.app_id, endpoint_id, off.subscription_id, last.cause, true as is_off,
      coalesce(last.status = 'acknowledged', false) as acknowledged,
      least(last.opened_at, off.inactive_since) as since
    from off left join last using (endpoint_id)
    union all
    select distinct on (endpoint_id, cause) app_id, endpoint_id, subscription_id, cause, false, false, opened_at from issue
    where status = 'open' and endpoint_id not in (select endpoint_id from off)
  ), groups as (
    select app_id, cause, acknowledged, count(*)::int as endpoints, count(*) filter (where is_off)::int as off,
      count(distinct subscription_id)::int as subscribers, min(since) as since,
      (array_agg(distinct subscription_id))[1:${String(MAX_NAMED)}] as named
    from hit group by app_id, cause, acknowledged
  )
  select app_id as "appId", apps.name as "appName", cause, acknowledged as "isAcknowledged", endpoints, off, subscribers,
    since,
    array(select subscriptions.name from subscriptions
      where subscriptions.account_id = $1 and subscriptions.id = any(named) order by subscriptions.id) as names,
    (select count(*)::int from off) as "allOff", (select count(*)::int from issue) as "allIssues",
    (select count(*)::int from groups) as "allGroups", (select sum(endpoints)::int from groups) as "allEndpoints"
  from groups join apps on apps.account_id = $1 and apps.id = app_id
  order by endpoints desc, app_id, cause, acknowledged limit $4`;
