import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import type { Container } from '#src/container.ts';
import { attemptBadge, type Badge, resultOf } from '#src/surfaces/html/badges.ts';
import { type EndpointName, endpointNames } from './endpoint-names.ts';

/** An attempt as a row of a table. */
export interface AttemptRow {
  id: string;
  href: string;
  at: Date;
  eventType: string;
  badge: Badge;
  /** The status of the response, or in at most three words why there was none. */
  result: string;
  durationMs: number;
  attemptNumber: number;
  trigger: Attempt['trigger'];
  endpoint: EndpointName;
  nextAttemptAt: Date | null;
}

export async function attemptRows(
  container: Pick<Container, 'models'>,
  attempts: LoggedAttempt[],
): Promise<AttemptRow[]> {
  const names = await endpointNames(container, attempts);
  return attempts.map((attempt) => ({
    id: attempt.id,
    href: `/apps/${attempt.appId}/webhook_attempts/${attempt.id}`,
    at: attempt.attemptedAt,
    eventType: attempt.eventType,
    badge: attemptBadge(attempt),
    result: resultOf(attempt),
    durationMs: Math.round(attempt.durationMs),
    attemptNumber: attempt.attemptNumber,
    trigger: attempt.trigger,
    endpoint: names(attempt.endpointId),
    nextAttemptAt: attempt.nextAttemptAt,
  }));
}
