import type { Outcome } from '#src/infra/outbound/outcome.ts';

export type AttemptTrigger = 'automatic' | 'test' | 'replay' | 'probe';

/** Milliseconds of the phases that an attempt came to; the first three are null when the connection was open before. */
export interface AttemptTimings {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  /** From the start to the answer's headers. */
  firstByteMs: number | null;
}

/** One request to one endpoint. */
export interface Attempt {
  /** Made when it ended, so attempts are in the order in which they were known. */
  id: string;
  /** Before its id was made by its duration, to the millisecond. */
  attemptedAt: Date;
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
  subscriptionId: string;
  eventType: string;
  attemptNumber: number;
  trigger: AttemptTrigger;
  outcome: Outcome;
  succeeded: boolean;
  statusCode: number | null;
  durationMs: number;
  timings: AttemptTimings;
  /** What went wrong, as a sentence; empty after a success. */
  errorMessage: string;
  responseHeaders: [string, string][] | null;
  responseBody: string | null;
  /** When the next attempt of the same delivery is due; null when none follows. */
  nextAttemptAt: Date | null;
}
