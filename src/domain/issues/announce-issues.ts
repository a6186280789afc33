import type { PoolClient } from 'pg';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { IssueData } from '#src/domain/announcements/shapes.ts';
import { adviceTo } from './advice.ts';
import type { Issue } from './issue.ts';

export type IssueNews = 'issue.opened' | 'issue.resolved';

/** Tells accounts of issues that opened or ended, in the transaction that did it. */
export async function announceIssues(
  { db, announcements }: { db: PoolClient; announcements: Announcements },
  issues: Issue[],
  type: IssueNews,
): Promise<void> {
  for (const [accountId, ofAccount] of Map.groupBy(issues, (one) => one.accountId)) {
    if (!(await announcements.isHeard(db, accountId, type))) continue;
    const { rows: apps } = await db.query<IssueData['app']>(
      'select id, uid, name from apps where account_id = $1 and id = any($2)',
      [accountId, [...new Set(ofAccount.map(({ appId }) => appId))]],
    );
    for (const issue of ofAccount) {
      const app = apps.find(({ id }) => id === issue.appId);
      if (app === undefined) continue;
      await announcements.announce(db, { accountId, type, data: { issue: presented(issue), app } });
    }
  }
}

const presented = (issue: Issue): IssueData['issue'] => ({
  id: issue.id,
  endpoint_id: issue.endpointId,
  subscription_id: issue.subscriptionId,
  cause: issue.cause,
  status_code: issue.statusCode,
  advice: adviceTo('provider', issue.cause),
  status: issue.status,
  count: issue.count,
  opened_at: issue.openedAt.toISOString(),
  first_seen_at: issue.firstSeenAt.toISOString(),
  last_seen_at: issue.lastSeenAt.toISOString(),
  resolved_at: issue.resolvedAt?.toISOString() ?? null,
  resolved_by: issue.resolvedBy,
  last_attempt_id: issue.lastAttemptId,
  last_error: issue.lastError,
});
