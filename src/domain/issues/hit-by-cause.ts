import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import type { Cause } from './causes.ts';
import type { IssueStatus } from './issue.ts';

/** Whom a cause hits, and since when. */
export interface HitByCause {
  cause: Cause;
  /** Endpoints that are there still. */
  endpoints: number;
  /** Of these, those that are off. */
  off: number;
  subscribers: number;
  /** The names of the first {@link MAX_NAMED}. */
  names: string[];
  since: Date;
}

const MAX_NAMED = 3;
/** Issues that are read at most. */
export const MAX_HIT = 1000;

/** The issues of an app with this status by cause, those of most endpoints first; of at most {@link MAX_HIT} issues. */
export async function hitByCause(
  pool: Pool,
  { accountId, id: appId }: Pick<App, 'accountId' | 'id'>,
  status: IssueStatus,
): Promise<HitByCause[]> {
  const { rows } = await pool.query<HitByCause>(HIT, [accountId, appId, status, MAX_HIT, MAX_NAMED]);
  return rows;
}

const HIT = `
  with hit as (
    select endpoint_id, subscription_id, cause, opened_at from issues
    where account_id = $1 and app_id = $2 and status = $3 order by id desc limit $4
  ),
  groups as (
    select cause, count(distinct endpoints.id)::int as endpoints,
      (count(distinct endpoints.id) filter (where endpoints.status = 'inactive'))::int as off,
      count(distinct hit.subscription_id)::int as subscribers, min(opened_at) as since,
      (array_agg(distinct hit.subscription_id))[1:$5::int] as named
    from hit left join endpoints on endpoints.account_id = $1 and endpoints.id = hit.endpoint_id
    group by cause
  )
  select cause, endpoints, off, subscribers, since,
    array(select subscriptions.name from subscriptions
      where subscriptions.account_id = $1 and subscriptions.id = any(named) order by subscriptions.id) as names
  from groups order by endpoints desc, cause`;
