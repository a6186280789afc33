import { randomUUID } from 'node:crypto';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { InactiveReason } from '#src/domain/endpoints/endpoint.ts';
import type { DeliveryState } from './delivery.ts';
import type { LeasedDelivery } from './pending-delivery.ts';

/** What is to be written about a delivery that this process is done with for now. */
export interface DeliveryOutcome {
  /** Also that of the retry job, if there is one. */
  id: string;
  delivery: LeasedDelivery;
  /** Null when nothing was sent, and when PostgreSQL cannot store what was. */
  attempt: Attempt | null;
  wasSent: boolean;
  state: Exclude<DeliveryState, 'pending'>;
  attemptsMade: number;
  /** For `scheduled`: when it is tried again. */
  retryInSeconds: number | null;
  nextAttemptAt: Date | null;
  /** What it means for the endpoint, beyond the delivery: that it is well again, that it fails, that it is to be off. */
  recovers: boolean;
  warns: boolean;
  turnsOff: InactiveReason | null;
}

/** A delivery that is not attempted now: put off, kept for a replay, as before its probe, or without an endpoint. */
export function notAttempted(
  delivery: LeasedDelivery,
  state: 'failed' | 'held' | 'discarded' | { retryInSeconds: number; nowMs: number },
): DeliveryOutcome {
  const unsent = {
    id: randomUUID(),
    delivery,
    attempt: null,
    wasSent: false,
    attemptsMade: delivery.attemptsMade,
    recovers: false,
    warns: false,
    turnsOff: null,
  };
  if (typeof state === 'string') return { ...unsent, state, retryInSeconds: null, nextAttemptAt: null };
  const nextAttemptAt = new Date(state.nowMs + state.retryInSeconds * 1000);
  return { ...unsent, state: 'scheduled', retryInSeconds: state.retryInSeconds, nextAttemptAt };
}
