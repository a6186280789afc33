import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import type { EndpointHold } from '#src/domain/deliveries/endpoint-hold.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';
import type { RetrySchedule } from '#src/domain/outbound-rules/retry-policy.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { PostTimings } from '#src/infra/outbound/outcome.ts';
import type { AppSnapshot, RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import { type Decision, decide } from './decide.ts';
import type { SendResult } from './send-by-rules.ts';

/** An attempt that ended, at an endpoint that is on or off. Times are by the wall clock. */
interface EndedAttempt {
  delivery: LeasedDelivery;
  app: AppSnapshot;
  endpoint: RoutedEndpoint;
  attemptNumber: number;
  attemptedAtMs: number;
  endedAtMs: number;
  /** Of the transformation, if there is one. */
  executionId: string | null;
  /** For an endpoint that has none, of an app that has none. */
  defaultSchedule: RetrySchedule;
}

/** What is written of a delivery after an attempt: the attempt itself, and what {@link decide} says of its result. */
export function outcomeOf(ended: EndedAttempt, result: SendResult): DeliveryOutcome & { attempt: Attempt } {
  const { delivery, app, endpoint, attemptNumber, endedAtMs } = ended;
  const decision = decide({
    result,
    successPolicy: app.successPolicy,
    schedule: endpoint.retrySchedule ?? app.retrySchedule ?? ended.defaultSchedule,
    attemptNumber,
    isProbe: delivery.trigger === 'probe',
    nowMs: endedAtMs,
    random: Math.random(),
  });
  const { retryInSeconds } = decision;
  const nextAttemptAt = retryInSeconds === null ? null : new Date(endedAtMs + retryInSeconds * 1000);
  const attempt = attemptOf(ended, result, { succeeded: decision.succeeded, nextAttemptAt });
  return {
    delivery,
    id: attempt.id,
    wasSent: true,
    mayBeTaken: result.mayBeTaken,
    attempt,
    state: stateAfter(decision, delivery),
    reason: null,
    attemptsMade: attemptNumber,
    retryInSeconds,
    nextAttemptAt,
    // Set only when the endpoint's health changes, because a write for every success would be a row update a delivery.
    recovers:
      decision.succeeded && (endpoint.isFailing || endpoint.hasIssues || delivery.trigger === 'probe'),
    warns: decision.warns && !endpoint.isFailing,
    turnsOff: decision.turnsOff,
    hold: decision.holdsForSeconds === 0 ? null : holdOf(ended, decision.holdsForSeconds),
  };
}

function holdOf({ app, endpoint }: EndedAttempt, seconds: number): EndpointHold {
  return { appId: app.id, endpointId: endpoint.id, url: endpoint.url, seconds };
}

function stateAfter(
  { succeeded, retryInSeconds }: Decision,
  { missedAs }: LeasedDelivery,
): DeliveryOutcome['state'] {
  if (succeeded) return 'delivered';
  return retryInSeconds === null ? (missedAs ?? 'failed') : 'scheduled';
}

function attemptOf(
  { delivery, endpoint, attemptNumber, attemptedAtMs, executionId }: EndedAttempt,
  result: SendResult,
  { succeeded, nextAttemptAt }: { succeeded: boolean; nextAttemptAt: Date | null },
): Attempt {
  const { message } = delivery;
  const durationMs = Math.round(result.durationMs);
  return {
    id: uuidv7(attemptedAtMs + durationMs),
    attemptedAt: new Date(attemptedAtMs),
    accountId: message.accountId,
    appId: message.appId,
    messageId: message.id,
    endpointId: endpoint.id,
    subscriptionId: endpoint.subscriptionId,
    eventType: message.eventType,
    attemptNumber,
    trigger: delivery.trigger,
    outcome: result.outcome,
    succeeded,
    statusCode: result.statusCode,
    durationMs,
    timings: inWholeMs(result.timings),
    errorMessage: succeeded ? '' : result.errorMessage || answeredWith(endpoint.url, result.statusCode),
    responseHeaders: result.headers,
    responseBody: result.bodyExcerpt,
    isPossibleDuplicate: result.wasRepeated || delivery.mayHaveBeenSent === true,
    wasRepeated: result.wasRepeated,
    mayBeTaken: result.mayBeTaken,
    executionId,
    nextAttemptAt,
  };
}

function inWholeMs({ dnsMs, connectMs, tlsMs, firstByteMs }: PostTimings): PostTimings {
  const whole = (ms: number | null) => (ms === null ? null : Math.round(ms));
  return {
    dnsMs: whole(dnsMs),
    connectMs: whole(connectMs),
    tlsMs: whole(tlsMs),
    firstByteMs: whole(firstByteMs),
  };
}

function answeredWith(url: string, statusCode: number | null): string {
  return `${new URL(url).host} answered ${String(statusCode)}.`;
}
