import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import { attemptBadge, resultOf } from '#src/surfaces/html/badges.ts';

/** An attempt as a row of a table. `url`: of its endpoint, where the table has several. */
export function attemptRow(attempt: LoggedAttempt, home: string, url = '') {
  return {
    href: `${home}/attempts/${attempt.id}`,
    at: attempt.attemptedAt,
    badge: attemptBadge(attempt),
    result: resultOf(attempt),
    eventType: attempt.eventType,
    endpoint: { url, href: `${home}/endpoints/${attempt.endpointId}` },
    attemptNumber: attempt.attemptNumber,
    trigger: attempt.trigger,
    durationMs: Math.round(attempt.durationMs),
  };
}
