/** A delivery: one message on its way to one endpoint. README.md beside this file tells its life. */
export interface DeliveryKey {
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
}

/**
 * The states of a delivery.
 *
 * - `isOutstanding`: an attempt is to come, so exactly one job names the delivery (src/ARCHITECTURE.md, the rule).
 * - `isMissed`: no attempt is to come and the endpoint did not get the message, so a replay or a probe may send it.
 */
export const DELIVERY_STATES = {
  /** Accepted, and not attempted yet. It has no row: the job of its message stands for it. */
  pending: { isOutstanding: true, isMissed: false },
  /** An attempt is due at `next_attempt_at`. One job names the delivery and that time. */
  scheduled: { isOutstanding: true, isMissed: false },
  /** The endpoint answered with success. Without a row when that was the first attempt: the attempt says so. */
  delivered: { isOutstanding: false, isMissed: false },
  /** No attempt is left, or the endpoint answered 410. */
  failed: { isOutstanding: false, isMissed: true },
  /** Kept for a replay, because the endpoint was off. */
  held: { isOutstanding: false, isMissed: true },
  /** A rule of the endpoint keeps it from being sent; a replay that asks for it sends it. */
  ignored: { isOutstanding: false, isMissed: false },
  /** The endpoint was deleted. */
  discarded: { isOutstanding: false, isMissed: false },
} as const;

export type DeliveryState = keyof typeof DELIVERY_STATES;
/** The states that a row can have. */
export type StoredState = Exclude<DeliveryState, 'pending'>;
export type MissedState = {
  [S in DeliveryState]: (typeof DELIVERY_STATES)[S]['isMissed'] extends true ? S : never;
}[DeliveryState];

const states = Object.keys(DELIVERY_STATES) as DeliveryState[];
export const OUTSTANDING_STATES = states.filter((state) => DELIVERY_STATES[state].isOutstanding);
export const MISSED_STATES = states.filter(isMissedState);
/** What a replay may be asked for. Without being asked it sends what was missed. */
export const REPLAYABLE_STATES = [...MISSED_STATES, 'ignored'] as const;
export type ReplayableState = (typeof REPLAYABLE_STATES)[number];

/** Which rule keeps an `ignored` delivery from being sent. */
export const IGNORE_REASONS = [
  'filtered',
  'duplicate',
  'transformation_failed',
  'superseded',
  'cancelled',
] as const;
export type IgnoreReason = (typeof IGNORE_REASONS)[number];

export type OutstandingState = {
  [S in DeliveryState]: (typeof DELIVERY_STATES)[S]['isOutstanding'] extends true ? S : never;
}[DeliveryState];

export function isOutstandingState(state: DeliveryState): state is OutstandingState {
  return DELIVERY_STATES[state].isOutstanding;
}

export function isMissedState(state: DeliveryState): state is MissedState {
  return DELIVERY_STATES[state].isMissed;
}

export function isReplayableState(state: DeliveryState): state is ReplayableState {
  return (REPLAYABLE_STATES as readonly DeliveryState[]).includes(state);
}

/** A delivery as it is shown: its state and what is to come. */
export interface Delivery {
  messageId: string;
  endpointId: string;
  state: DeliveryState;
  /** Of one that is `ignored`. */
  reason: IgnoreReason | null;
  attemptsMade: number;
  nextAttemptAt: Date | null;
}

/** How many deliveries an endpoint missed. */
export interface Missed {
  failed: number;
  held: number;
}
