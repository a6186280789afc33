import type { PoolClient } from 'pg';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import { PROVIDERS } from '#src/domain/announcements/providers-app.ts';
import { timeOfId, uuidv7 } from '#src/infra/lib/ids.ts';
import { announceIssues } from './announce-issues.ts';
import { causeOf, type FailedAttempt } from './causes.ts';
import type { Issue } from './issue.ts';
import { ISSUE_COLUMNS } from './issue-columns.ts';

/** A failure that opens an issue, or is one more of it. */
export interface Failure {
  attempt: FailedAttempt & { id: string; accountId: string; endpointId: string };
  /** Nothing was sent, because the transformation failed: the id of the attempt is that of the failure alone. */
  isWithoutAttempt?: true;
  /** When its message was accepted. */
  messageMs: number;
  /** Whether the endpoint takes other deliveries, so that the next success says nothing about this failure. */
  isAmongSuccesses: boolean;
}

/** How long a failure among successes must have stayed away before a success ends its issue. */
const QUIET_MS = 10 * 60_000;

/**
 * Opens the issues of the failures, or adds to them, in the transaction that writes the attempts, whose endpoints are
 * locked. One row for each endpoint, cause and status, whatever the number of failures. Failures at endpoints of our
 * own app are left out. Answers the issues that opened.
 */
export async function reportFailures(
  { db, announcements }: { db: PoolClient; announcements: Announcements },
  failures: Failure[],
  now: Date,
): Promise<Issue[]> {
  const groups = Map.groupBy(
    failures.filter(({ attempt }) => attempt.accountId !== PROVIDERS.accountId),
    keyOf,
  );
  if (groups.size === 0) return [];
  const rows = [...groups.values()].map((group) => rowOf(group, now));
  const openings = new Set(rows.map((row) => row.opening_attempt_id));
  const { rows: written } = await db.query<Issue & { openingAttemptId: string }>({
    name: 'report-failures',
    text: REPORT,
    values: [JSON.stringify(rows), now],
  });
  const opened = written.filter(({ openingAttemptId }) => openings.has(openingAttemptId));
  await announceIssues({ db, announcements }, opened, 'issue.opened');
  return opened;
}

const keyOf = ({ attempt }: Failure) =>
  `${attempt.endpointId} ${causeOf(attempt)} ${String(attempt.statusCode)}`;

function rowOf(group: Failure[], now: Date) {
  const attempts = group.map(({ attempt }) => attempt);
  const first = attempts.reduce((one, other) => (other.id < one.id ? other : one));
  const last = attempts.reduce((one, other) => (other.id > one.id ? other : one));
  const firstMs = timeOfId(first.id);
  const lastMs = timeOfId(last.id);
  const endsFromMs = Math.max(
    ...group.map(({ attempt, isAmongSuccesses }) => timeOfId(attempt.id) + (isAmongSuccesses ? QUIET_MS : 0)),
  );
  return {
    account_id: first.accountId,
    endpoint_id: first.endpointId,
    id: uuidv7(now.getTime()),
    cause: causeOf(first),
    status_code: first.statusCode,
    opening_attempt_id: first.id,
    first_seen_at: new Date(firstMs),
    last_seen_at: new Date(lastMs),
    ends_from: new Date(endsFromMs),
    missed_since: new Date(Math.min(...group.map(({ messageMs }) => messageMs))),
    count: group.length,
    last_attempt_id: group[0]?.isWithoutAttempt === true ? null : last.id,
    last_error: last.errorMessage,
  };
}

const REPORT = `
  with failed as (
    select x.*, endpoints.app_id, endpoints.subscription_id
    from json_to_recordset($1) as x(account_id uuid, endpoint_id uuid, id uuid, cause text, status_code smallint,
      opening_attempt_id uuid, first_seen_at timestamptz, last_seen_at timestamptz, ends_from timestamptz,
      missed_since timestamptz, count integer, last_attempt_id uuid, last_error text)
    join endpoints on endpoints.account_id = x.account_id and endpoints.id = x.endpoint_id
  ), marked as (
    update endpoints set has_issues = true from failed
    where endpoints.account_id = failed.account_id and endpoints.id = failed.endpoint_id and not has_issues
  )
  insert into issues (account_id, app_id, id, endpoint_id, subscription_id, cause, status_code, opened_at,
    opening_attempt_id, first_seen_at, last_seen_at, ends_from, missed_since, count, last_attempt_id, last_error)
  select account_id, app_id, id, endpoint_id, subscription_id, cause, status_code, $2, opening_attempt_id,
    first_seen_at, last_seen_at, ends_from, missed_since, count, last_attempt_id, last_error
  from failed
  on conflict (account_id, endpoint_id, cause, status_code) do update set
    status = case issues.status when 'resolved' then 'open' else issues.status end,
    opened_at = case issues.status when 'resolved' then excluded.opened_at else issues.opened_at end,
    opening_attempt_id =
      case issues.status when 'resolved' then excluded.opening_attempt_id else issues.opening_attempt_id end,
    missed_since = case issues.status when 'resolved' then excluded.missed_since
      else least(issues.missed_since, excluded.missed_since) end,
    count = excluded.count + case issues.status when 'resolved' then 0 else issues.count end,
    resolved_at = null, resolved_by = null, succeeded_since = false,
    last_seen_at = greatest(issues.last_seen_at, excluded.last_seen_at),
    ends_from = greatest(issues.ends_from, excluded.ends_from),
    last_attempt_id = excluded.last_attempt_id, last_error = excluded.last_error
  returning opening_attempt_id as "openingAttemptId", ${ISSUE_COLUMNS}`;
