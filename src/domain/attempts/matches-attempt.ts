import type { Attempt } from './attempt.ts';
import type { AttemptFilters } from './attempt-filters.ts';
import { isOfClass } from './status-class.ts';

/** Whether filters without a text let an attempt of their app through, as the statements do that read the log. */
export function matchesAttempt(attempt: Attempt, filters: AttemptFilters): boolean {
  const { status, statusCode, statusClass, since, until } = filters;
  const equal: [unknown, unknown][] = [
    [status === undefined ? undefined : status === 'success', attempt.succeeded],
    [statusCode, attempt.statusCode],
    [filters.outcome, attempt.outcome],
    [filters.trigger, attempt.trigger],
    [filters.eventType, attempt.eventType],
    [filters.subscriptionId, attempt.subscriptionId],
    [filters.endpointId, attempt.endpointId],
    [filters.messageId, attempt.messageId],
  ];
  return (
    equal.every(([asked, value]) => asked === undefined || asked === value) &&
    (statusClass === undefined || isOfClass(attempt.statusCode, statusClass)) &&
    (since === undefined || attempt.attemptedAt >= since) &&
    (until === undefined || attempt.attemptedAt < until)
  );
}
