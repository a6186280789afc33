import type { Pool, PoolClient } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Cause } from './causes.ts';
import { type Issue, ISSUE_STATUSES, type IssueStatus, type ListedIssue } from './issue.ts';
import { ISSUE_COLUMNS } from './issue-columns.ts';

type AppKey = Pick<App, 'accountId' | 'id'>;

export interface IssueFilters {
  status?: IssueStatus | undefined;
  cause?: Cause | undefined;
  endpointId?: string | undefined;
  subscriptionId?: string | undefined;
}

const LISTED = `${ISSUE_COLUMNS},
  case when endpoints.id is not null
    then json_build_object('uid', endpoints.uid, 'url', url, 'status', endpoints.status) end as endpoint,
  case when subscriptions.id is not null
    then json_build_object('uid', subscriptions.uid, 'name', subscriptions.name) end as subscriber`;
const WITH_PARENTS = `
  left join endpoints on endpoints.account_id = issues.account_id and endpoints.id = issues.endpoint_id
  left join subscriptions on subscriptions.account_id = issues.account_id
    and subscriptions.id = issues.subscription_id`;

const list = (order: 'asc' | 'desc') => `
  select ${LISTED} from (
    select * from issues
    where account_id = $1 and app_id = $2 and id >= $3 and id < $4 and ($5::text is null or status = $5)
      and ($6::uuid is null or endpoint_id = $6) and ($7::uuid is null or subscription_id = $7)
      and ($10::text is null or cause = $10)
    order by id ${order} limit $8 offset $9
  ) issues ${WITH_PARENTS} order by issues.id ${order}`;

/** A page of the app's issues, newest first. */
export async function selectIssues(
  pool: Pool,
  { accountId, id: appId }: AppKey,
  { status, cause, endpointId, subscriptionId, paging }: IssueFilters & { paging: Paging },
): Promise<ListedIssue[]> {
  const isBackwards = paging.after !== undefined;
  const { rows } = await pool.query<ListedIssue>(list(isBackwards ? 'asc' : 'desc'), [
    ...[accountId, appId, ...idRange({}, paging), status ?? null, endpointId ?? null, subscriptionId ?? null],
    ...[paging.limit, paging.offset, cause ?? null],
  ]);
  return isBackwards ? rows.reverse() : rows;
}

export async function findIssue(
  db: Pool | PoolClient,
  { accountId, id: appId }: AppKey,
  id: string,
): Promise<ListedIssue | null> {
  const { rows } = await db.query<ListedIssue>(
    `select ${LISTED} from issues ${WITH_PARENTS}
     where issues.account_id = $1 and issues.app_id = $2 and issues.id = $3`,
    [accountId, appId, id],
  );
  return rows[0] ?? null;
}

/**
 * Locks the issue and its endpoint, which those who write outcomes lock first; answers it as it is then, null without
 * it.
 */
export async function lockIssue(client: PoolClient, app: AppKey, id: string): Promise<Issue | null> {
  const key = [app.accountId, app.id, id];
  await client.query(
    `select from endpoints where account_id = $1 and app_id = $2
       and id = (select endpoint_id from issues where account_id = $1 and app_id = $2 and id = $3)
     for no key update`,
    key,
  );
  const { rows } = await client.query<Issue>(
    `select ${ISSUE_COLUMNS} from issues where account_id = $1 and app_id = $2 and id = $3 for update`,
    key,
  );
  return rows[0] ?? null;
}

/** Writes the status that a person gave to a locked issue. */
export async function updateIssue(
  client: PoolClient,
  { accountId, id }: Pick<Issue, 'accountId' | 'id'>,
  { status, at }: { status: IssueStatus; at: Date },
): Promise<Issue[]> {
  const { rows } = await client.query<Issue>(
    `update issues set status = $3::text,
       resolved_at = case $3::text when 'resolved' then $4::timestamptz end,
       resolved_by = case $3::text when 'resolved' then 'person' end,
       succeeded_since = false,
       opened_at = case when issues.status = 'resolved' then $4 else opened_at end
     where account_id = $1 and id = $2 returning ${ISSUE_COLUMNS}`,
    [accountId, id, status, at],
  );
  return rows;
}

/** The endpoint's next success looks for issues to end. */
export async function markEndpoint(
  client: PoolClient,
  { accountId, endpointId }: Pick<Issue, 'accountId' | 'endpointId'>,
): Promise<void> {
  await client.query(
    'update endpoints set has_issues = true where account_id = $1 and id = $2 and not has_issues',
    [accountId, endpointId],
  );
}

export type IssueCounts = Record<IssueStatus, number>;

/** Issues of the app by status; of those that are resolved at most `upTo`. */
export async function countIssues(
  pool: Pool,
  { accountId, id: appId }: AppKey,
  upTo: number,
): Promise<IssueCounts> {
  const { rows } = await pool.query<{ status: IssueStatus; count: number }>(
    `select status, count(*)::int as count from unnest($3::text[]) as wanted(name) cross join lateral (
       select status from issues where account_id = $1 and app_id = $2 and status = name limit $4 offset 0) found
     group by status`,
    [accountId, appId, ISSUE_STATUSES, upTo],
  );
  const counts = { open: 0, acknowledged: 0, resolved: 0 };
  for (const { status, count } of rows) counts[status] = count;
  return counts;
}
