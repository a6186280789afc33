import { randomUUID } from 'node:crypto';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { IgnoreReason, MissedState, StoredState } from './delivery.ts';
import type { EndpointHold } from './endpoint-hold.ts';
import type { LeasedDelivery } from './pending-delivery.ts';

/** Why an outcome turns its endpoint off: the last attempt failed, or the endpoint answered 410. */
export type TurnOffReason = 'attempts_exhausted' | 'gone';

/** What the pipeline writes about a delivery that left its memory: the attempt, the state, and what follows. */
export interface DeliveryOutcome {
  /** That of the attempt, if there is one, and of the retry job: an outcome that is written again makes the same. */
  id: string;
  delivery: LeasedDelivery;
  /** `null` when nothing was sent, and when PostgreSQL cannot store what was. */
  attempt: Attempt | null;
  wasSent: boolean;
  /** Whether the receiver may have taken it although the attempt failed, so that further ones say so. */
  mayBeTaken: boolean;
  state: StoredState;
  /** Of `ignored`. */
  reason: IgnoreReason | null;
  attemptsMade: number;
  /** Of `scheduled`: in how many seconds the next attempt is due. */
  retryInSeconds: number | null;
  nextAttemptAt: Date | null;
  /** Whether it is to wait in the queue of its endpoint, which it did not come from. */
  entersQueue?: true | undefined;
  /**
   * Whether the outcome closes the endpoint's failing period: it succeeded while the endpoint was known to fail, or as
   * a probe.
   */
  recovers: boolean;
  /** Whether the outcome begins one: half of the attempts failed. */
  warns: boolean;
  turnsOff: TurnOffReason | null;
  /** Set when the endpoint asked to be left alone. */
  hold: EndpointHold | null;
}

interface Snooze {
  retryInSeconds: number;
  /** By the wall clock. */
  nowMs: number;
  entersQueue?: true | undefined;
}

interface Ignored {
  ignoredFor: IgnoreReason;
}

/**
 * The outcome of a delivery that was not attempted: snoozed, kept from being sent by a rule, held because its endpoint
 * is off, back in its state before a probe, or discarded because its endpoint was deleted. It costs no attempt.
 */
export function notAttempted(
  delivery: LeasedDelivery,
  next: MissedState | 'discarded' | Ignored | Snooze,
): DeliveryOutcome {
  const unsent = {
    id: randomUUID(),
    delivery,
    attempt: null,
    wasSent: false,
    mayBeTaken: false,
    attemptsMade: delivery.attemptsMade,
    reason: null,
    recovers: false,
    warns: false,
    turnsOff: null,
    hold: null,
  };
  const ended = { retryInSeconds: null, nextAttemptAt: null };
  if (typeof next === 'string') return { ...unsent, ...ended, state: next };
  if ('ignoredFor' in next) return { ...unsent, ...ended, state: 'ignored', reason: next.ignoredFor };
  const nextAttemptAt = new Date(next.nowMs + next.retryInSeconds * 1000);
  const { retryInSeconds, entersQueue } = next;
  return { ...unsent, state: 'scheduled', retryInSeconds, nextAttemptAt, entersQueue };
}
