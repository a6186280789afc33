import { OUTCOMES } from '#src/infra/outbound/outcome.ts';

export const ATTEMPT_TRIGGERS = ['automatic', 'test', 'replay', 'probe'] as const;
export type AttemptTrigger = (typeof ATTEMPT_TRIGGERS)[number];

/**
 * How an attempt ended. `parked`: none was made, because processes of ours died with the delivery. `auth_failed`: none
 * was made, because what `auth` says could not be done.
 */
export const ATTEMPT_OUTCOMES = [...OUTCOMES, 'auth_failed', 'parked'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** Durations of the phases that an attempt reached; the first three are null when the connection was reused. */
export interface AttemptTimings {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  /** From the attempt's begin to the response's headers. */
  firstByteMs: number | null;
}

/** One request of a delivery to its endpoint. */
export interface Attempt {
  /** UUIDv7 with the time of the attempt's end, so ids are ordered by it. */
  id: string;
  /** The time in the id minus `durationMs`. */
  attemptedAt: Date;
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
  subscriptionId: string;
  eventType: string;
  attemptNumber: number;
  trigger: AttemptTrigger;
  outcome: AttemptOutcome;
  succeeded: boolean;
  statusCode: number | null;
  durationMs: number;
  timings: AttemptTimings;
  /** The failure as a sentence; empty after a success. */
  errorMessage: string;
  responseHeaders: [string, string][] | null;
  responseBody: string | null;
  /** Whether it said to the receiver that it may have got the webhook before. */
  isPossibleDuplicate: boolean;
  /** Whether the request was sent twice, because a kept connection ended without a byte of an answer. */
  wasRepeated: boolean;
  /** Whether the receiver may have taken it and could not say so: it was written, and no answer came. */
  mayBeTaken: boolean;
  /** The run of the transformation that changed what was sent; null: none did. */
  executionId: string | null;
  /** When the next attempt of the same delivery is due; null when none follows. */
  nextAttemptAt: Date | null;
}
