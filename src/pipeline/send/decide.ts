import type { SuccessPolicy } from '#src/domain/apps/app.ts';
import type { TurnOffReason } from '#src/domain/deliveries/delivery-outcome.ts';
import type { RetrySchedule } from '#src/domain/outbound-rules/retry-policy.ts';
import { parseRetryAfter } from '#src/infra/lib/retry-after.ts';
import type { SendResult } from './send-by-rules.ts';

export interface FinishedAttempt {
  result: Pick<SendResult, 'outcome' | 'statusCode' | 'headers'>;
  successPolicy: SuccessPolicy;
  schedule: RetrySchedule;
  /** The number of the attempt, from 1. */
  attemptNumber: number;
  /** Whether the attempt was a probe of an endpoint that is off. */
  isProbe: boolean;
  nowMs: number;
  /** In [0, 1). */
  random: number;
}

export interface Decision {
  succeeded: boolean;
  /** In how many seconds the next attempt is due; `null`: none is. */
  retryInSeconds: number | null;
  /** Whether half of the attempts failed: the endpoint is marked as failing, unless another delivery succeeded. */
  warns: boolean;
  /** Why the endpoint is to be turned off; `null`: it stays on. */
  turnsOff: TurnOffReason | null;
  /** For how many seconds the endpoint is to be left alone, by all its deliveries; 0: it is not. */
  holdsForSeconds: number;
}

const NOTHING_FOLLOWS: Decision = {
  succeeded: false,
  retryInSeconds: null,
  warns: false,
  turnsOff: null,
  holdsForSeconds: 0,
};
const JITTER = 0.1;
const MAX_RETRY_AFTER_SECONDS = 86_400;

/** What follows from an attempt. Pure, and the one place that decides it. */
export function decide(attempt: FinishedAttempt): Decision {
  return { ...consequencesOf(attempt), holdsForSeconds: holdOf(attempt) };
}

function consequencesOf(attempt: FinishedAttempt): Decision {
  const { result, attemptNumber, isProbe, schedule } = attempt;
  if (isSuccess(attempt)) return { ...NOTHING_FOLLOWS, succeeded: true };
  if (result.statusCode === 410) return { ...NOTHING_FOLLOWS, turnsOff: 'gone' };
  if (isProbe) return NOTHING_FOLLOWS;

  // What the policy does not retry is this message's failure and not the endpoint's, which stays on.
  if (result.statusCode !== null && !schedule.retries(result.statusCode)) return NOTHING_FOLLOWS;
  const attemptsAllowed = schedule.delaysSeconds.length + 1;
  const warns = attemptNumber * 2 >= attemptsAllowed;
  const delaySeconds = schedule.delaysSeconds[attemptNumber - 1];
  if (delaySeconds === undefined) return { ...NOTHING_FOLLOWS, warns, turnsOff: 'attempts_exhausted' };
  const backoffSeconds = delaySeconds * (1 + JITTER * attempt.random);
  const retryInSeconds = Math.max(backoffSeconds, retryAfterSeconds(attempt));
  return { ...NOTHING_FOLLOWS, warns, retryInSeconds };
}

function isSuccess({ result, successPolicy }: FinishedAttempt): boolean {
  const { outcome, statusCode } = result;
  return outcome === 'status' && statusCode !== null && isSuccessStatus(successPolicy, statusCode);
}

export function isSuccessStatus(policy: SuccessPolicy, statusCode: number): boolean {
  return policy === 'only_200' ? statusCode === 200 : statusCode >= 200 && statusCode < 300;
}

/** Statuses whose `Retry-After` is about the receiver (RFC 6585, section 4; RFC 9110, section 15.6.4). */
const BUSY = new Set([429, 503]);

function holdOf(attempt: FinishedAttempt): number {
  return BUSY.has(attempt.result.statusCode ?? 0) ? retryAfterSeconds(attempt) : 0;
}

/** Seconds of `Retry-After` (RFC 9110, section 10.2.3), at most a day; 0 without one. */
function retryAfterSeconds({ result, nowMs }: FinishedAttempt): number {
  const header = result.headers.find(([name]) => name.toLowerCase() === 'retry-after');
  const waitMs = parseRetryAfter(header?.[1], nowMs) ?? 0;
  return Math.min(waitMs / 1000, MAX_RETRY_AFTER_SECONDS);
}
