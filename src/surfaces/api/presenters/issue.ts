import { z } from 'zod';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { CAUSES } from '#src/domain/issues/causes.ts';
import { ISSUE_STATUSES, type ListedIssue } from '#src/domain/issues/issue.ts';
import { id, named, optionalTime, time, uid } from './shape.ts';

export const issueShape = named(
  'Issue',
  'The failures of an endpoint with one cause and one status.',
  z.object({
    id: id(),
    endpoint_id: id('The endpoint whose deliveries fail.'),
    subscription_id: id('Whose endpoint it is.'),
    endpoint: z
      .object({ uid, url: z.string(), status: z.enum(['active', 'inactive']) })
      .nullable()
      .describe('Null: it was deleted.'),
    subscriber: z.object({ uid, name: z.string() }).nullable().describe('Null: it was deleted.'),
    cause: z.enum(CAUSES).describe('Why they fail.'),
    status_code: z.int().nullable().describe('What the endpoint answered; null: nothing.'),
    title: z.string().describe('The cause in words.'),
    advice: z
      .object({ provider: z.string(), subscriber: z.string() })
      .describe('What to do about it: for you, and for your subscriber.'),
    status: z.enum(ISSUE_STATUSES),
    count: z
      .int()
      .describe(
        'Failures behind it since it opened: that gave a delivery up, or marked the endpoint as failing.',
      ),
    opened_at: time('When it opened, the last time.'),
    first_seen_at: time('When it was seen for the first time.'),
    last_seen_at: time('When it was seen last.'),
    resolved_at: optionalTime('When it ended; null while it goes on.'),
    resolved_by: z
      .enum(['auto', 'person'])
      .nullable()
      .describe('`auto`: a success, or the end of the endpoint. `person`: somebody of you, or a key.'),
    last_attempt_id: id(
      'The last attempt behind it; null: the last failure was of the transformation.',
    ).nullable(),
    last_error: z.string().describe('How it failed last.'),
  }),
);

export function presentIssue(issue: ListedIssue): z.output<typeof issueShape> {
  const { what, provider, subscriber } = ADVICE[issue.cause];
  return {
    id: issue.id,
    endpoint_id: issue.endpointId,
    subscription_id: issue.subscriptionId,
    endpoint: issue.endpoint,
    subscriber: issue.subscriber,
    cause: issue.cause,
    status_code: issue.statusCode,
    title: what,
    advice: { provider, subscriber },
    status: issue.status,
    count: issue.count,
    opened_at: issue.openedAt,
    first_seen_at: issue.firstSeenAt,
    last_seen_at: issue.lastSeenAt,
    resolved_at: issue.resolvedAt,
    resolved_by: issue.resolvedBy,
    last_attempt_id: issue.lastAttemptId,
    last_error: issue.lastError,
  };
}
