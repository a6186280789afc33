import type { Cause } from './causes.ts';

/** `acknowledged`: somebody knows of it and is told no more. */
export const ISSUE_STATUSES = ['open', 'acknowledged', 'resolved'] as const;
export type IssueStatus = (typeof ISSUE_STATUSES)[number];

/** The failures of one endpoint with one cause and status. README.md beside this file tells its life. */
export interface Issue {
  id: string;
  accountId: string;
  appId: string;
  endpointId: string;
  subscriptionId: string;
  cause: Cause;
  /** Null: there was no answer. */
  statusCode: number | null;
  status: IssueStatus;
  openedAt: Date;
  firstSeenAt: Date;
  lastSeenAt: Date;
  resolvedAt: Date | null;
  /** `auto`: a success, or the end of the endpoint. */
  resolvedBy: 'auto' | 'person' | null;
  /** Failures behind it since it opened: those that gave a delivery up, or marked the endpoint as failing. */
  count: number;
  /** Null: the last failure came before an attempt, because the transformation failed. */
  lastAttemptId: string | null;
  lastError: string;
  /** When the oldest message behind it was accepted. */
  missedSince: Date;
}

/** An issue with what its endpoint is called; null once the endpoint was deleted. */
export interface ListedIssue extends Issue {
  endpoint: { uid: string | null; url: string; status: 'active' | 'inactive' } | null;
  subscriber: { uid: string | null; name: string } | null;
}
