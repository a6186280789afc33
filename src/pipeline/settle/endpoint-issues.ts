import type { PoolClient } from 'pg';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import { REASON_SENTENCES } from '#src/domain/deliveries/state-labels.ts';
import { raiseIssues } from '#src/domain/endpoints/told-endpoints.ts';
import { endBySuccess, type Success } from '#src/domain/issues/end-issues.ts';
import { type Failure, reportFailures } from '#src/domain/issues/report-failures.ts';
import { timeOfId, uuidv7 } from '#src/infra/lib/ids.ts';

/**
 * Whether the outcome gives its delivery up. A probe gives up nothing that was not given up before, unless it is the
 * first to hear a 410; a test is nobody's message. A failed transformation gives
 * up without an attempt.
 */
export function givesUp({ attempt, state, reason, turnsOff, delivery }: DeliveryOutcome): boolean {
  if (reason === 'transformation_failed') return delivery.trigger !== 'test';
  if (attempt === null || attempt.succeeded || attempt.trigger === 'test') return false;
  return turnsOff !== null || (state === 'failed' && attempt.trigger !== 'probe');
}

interface Batch {
  outcomes: DeliveryOutcome[];
  /** Those that mark their endpoint as failing. */
  warned: DeliveryOutcome[];
  /** Ids of endpoints that have succeeded since the delivery began that warns of them or turns them off. */
  succeeding: Set<string>;
  now: Date;
}

/** Opens, adds to and ends the issues of a batch, in its transaction, when the endpoints are locked. */
export async function changeIssues(
  telling: { db: PoolClient; announcements: Announcements },
  { outcomes, warned, succeeding, now }: Batch,
): Promise<void> {
  const failed = new Set([...outcomes.filter(givesUp), ...warned]);
  const failures = [...failed].flatMap((outcome) => failureOf(outcome, succeeding, now));
  const opened = await reportFailures(telling, failures, now);
  const successes = successesOf(outcomes);
  await endBySuccess(telling, successes, now);
  await raiseIssues(telling.db, [...opened, ...successes], now);
}

function failureOf(outcome: DeliveryOutcome, succeeding: Set<string>, now: Date): Failure[] {
  const { attempt, warns, turnsOff } = outcome;
  if (outcome.reason === 'transformation_failed') return [failedTransformation(outcome, now)];
  if (attempt === null) return [];
  // What a policy does not retry is the message's failure and not the endpoint's.
  const isOfMessage = !warns && turnsOff === null;
  const isAmongSuccesses = isOfMessage || succeeding.has(attempt.endpointId);
  return [{ attempt, messageMs: timeOfId(attempt.messageId), isAmongSuccesses }];
}

function failedTransformation({ delivery: { message, endpointId } }: DeliveryOutcome, now: Date): Failure {
  const attempt = {
    id: uuidv7(now.getTime()),
    accountId: message.accountId,
    endpointId,
    outcome: 'transformation_failed' as const,
    statusCode: null,
    errorMessage: REASON_SENTENCES.transformation_failed,
    responseHeaders: null,
  };
  // Other messages may pass by the same code.
  return { attempt, isWithoutAttempt: true, messageMs: timeOfId(message.id), isAmongSuccesses: true };
}

/** The last success of each endpoint that recovers. */
function successesOf(outcomes: DeliveryOutcome[]): Success[] {
  const last = new Map<string, Attempt>();
  for (const { attempt, recovers } of outcomes) {
    if (attempt === null || !recovers) continue;
    const other = last.get(attempt.endpointId);
    if (other === undefined || other.id < attempt.id) last.set(attempt.endpointId, attempt);
  }
  return [...last.values()].map(({ id, accountId, endpointId }) => ({
    accountId,
    endpointId,
    at: new Date(timeOfId(id)),
  }));
}
