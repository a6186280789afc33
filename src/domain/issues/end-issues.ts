import type { PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import { announceIssues } from './announce-issues.ts';
import type { Issue } from './issue.ts';
import { ISSUE_COLUMNS } from './issue-columns.ts';

interface Telling {
  db: PoolClient;
  announcements: Announcements;
}

export interface Success {
  accountId: string;
  endpointId: string;
  /** When the answer came. */
  at: Date;
}

/**
 * Resolves the issues of endpoints that succeeded, in the transaction that writes the attempts, whose endpoints are
 * locked. An issue that was seen after the success, or lately among others, stays. Those that a person resolved keep
 * that, and remember the success.
 */
export async function endBySuccess(
  { db, announcements }: Telling,
  successes: Success[],
  now: Date,
): Promise<void> {
  if (successes.length === 0) return;
  const rows = successes.map(({ accountId, endpointId, at }) => ({
    account_id: accountId,
    endpoint_id: endpointId,
    succeeded_at: at,
  }));
  const { rows: ended } = await db.query<Issue>({
    name: 'end-issues-by-success',
    text: END,
    values: [JSON.stringify(rows), now],
  });
  await announceIssues({ db, announcements }, ended, 'issue.resolved');
}

const END = `
  with succeeded as (
    select * from json_to_recordset($1) as x(account_id uuid, endpoint_id uuid, succeeded_at timestamptz)
  ), ended as (
    update issues set status = 'resolved', resolved_at = $2, resolved_by = 'auto' from succeeded
    where issues.account_id = succeeded.account_id and issues.endpoint_id = succeeded.endpoint_id
      and status <> 'resolved' and ends_from <= succeeded_at
    returning ${ISSUE_COLUMNS}
  ), outlived as (
    update issues set succeeded_since = true from succeeded
    where issues.account_id = succeeded.account_id and issues.endpoint_id = succeeded.endpoint_id
      and resolved_by = 'person' and not succeeded_since and resolved_at <= succeeded_at
  ), unmarked as (
    update endpoints set has_issues = false from succeeded
    where endpoints.account_id = succeeded.account_id and endpoints.id = succeeded.endpoint_id and has_issues
      and not exists (
        select from issues where issues.account_id = endpoints.account_id and issues.endpoint_id = endpoints.id
          and issues.status <> 'resolved' and issues.id not in (select id from ended))
  )
  select * from ended`;

/** Of what was deleted: the endpoint, or all of a subscription. */
export type Deleted = { accountId: string } & ({ endpointId: string } | { subscriptionId: string });

/** Issues that are announced when a subscription ends with many endpoints. */
const MAX_ANNOUNCED = 100;

/** Resolves the issues of endpoints that were deleted, in the transaction that deletes them. */
export async function endByDeletion(
  { db, announcements }: { db: PoolClient | Transaction; announcements: Announcements },
  deleted: Deleted,
  now: Date,
): Promise<void> {
  const client = clientOf(db);
  const [column, id] =
    'endpointId' in deleted
      ? ['endpoint_id', deleted.endpointId]
      : ['subscription_id', deleted.subscriptionId];
  const { rows } = await client.query<Issue>(
    `update issues set status = 'resolved', resolved_at = $3, resolved_by = 'auto'
     where account_id = $1 and ${column} = $2 and status <> 'resolved' returning ${ISSUE_COLUMNS}`,
    [deleted.accountId, id, now],
  );
  await announceIssues({ db: client, announcements }, rows.slice(0, MAX_ANNOUNCED), 'issue.resolved');
}
