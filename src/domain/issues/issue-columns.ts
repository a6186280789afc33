/** SQL: the columns of an issue. */
export const ISSUE_COLUMNS = `issues.id, issues.account_id as "accountId", issues.app_id as "appId",
  issues.endpoint_id as "endpointId", issues.subscription_id as "subscriptionId", issues.cause,
  issues.status_code as "statusCode", issues.status, opened_at as "openedAt", first_seen_at as "firstSeenAt",
  last_seen_at as "lastSeenAt", resolved_at as "resolvedAt", resolved_by as "resolvedBy", count,
  last_attempt_id as "lastAttemptId", last_error as "lastError", missed_since as "missedSince"`;
