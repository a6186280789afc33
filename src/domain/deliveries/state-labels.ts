import type { Delivery, DeliveryState, IgnoreReason } from './delivery.ts';

/** What a state means for the reader: done, waiting, lost, under way or of no concern. Pages turn it into a colour. */
export type Tone = 'success' | 'warning' | 'danger' | 'info' | 'neutral';

/**
 * A state as people read it. Of what has an attempt to come, `scheduled` is to have its first one at a later time, and
 * `retrying` is to have another one.
 */
export type ShownState = DeliveryState | 'retrying';

interface StateLabel {
  /** The state in one or two words, as pages show it. */
  label: string;
  tone: Tone;
}

/** How every page, mail and document names the states of a delivery. */
export const STATE_LABELS: Record<ShownState, StateLabel> = {
  pending: { label: 'Pending', tone: 'info' },
  scheduled: { label: 'Scheduled', tone: 'info' },
  retrying: { label: 'Retrying', tone: 'warning' },
  delivered: { label: 'Delivered', tone: 'success' },
  failed: { label: 'Given up', tone: 'danger' },
  held: { label: 'Held', tone: 'neutral' },
  ignored: { label: 'Ignored', tone: 'neutral' },
  discarded: { label: 'Discarded', tone: 'neutral' },
};

/** Whether the first attempt is to be made at a later time. */
export const isFirstLater = ({
  attemptsMade,
  nextAttemptAt,
}: Pick<Delivery, 'attemptsMade' | 'nextAttemptAt'>): boolean => attemptsMade === 0 && nextAttemptAt !== null;

/** The state that people read of deliveries that are alike in both. */
export function shownState({
  state,
  isFirstLater,
}: {
  state: DeliveryState;
  isFirstLater: boolean;
}): ShownState {
  if (isFirstLater) return 'scheduled';
  return state === 'scheduled' ? 'retrying' : state;
}

/** The state that people read of one delivery. */
export const shownStateOf = (
  delivery: Pick<Delivery, 'attemptsMade' | 'nextAttemptAt' | 'state'>,
): ShownState => shownState({ state: delivery.state, isFirstLater: isFirstLater(delivery) });

/** The states in the words of the API's description, and in its order; null where the name says all. */
export const STATE_MEANINGS: Record<DeliveryState, string | null> = {
  pending: 'under way',
  delivered: null,
  scheduled: 'an attempt follows at `next_attempt_at`',
  failed: 'no attempt is left, or the receiver asked for no more',
  held: 'kept for a replay, because the endpoint is off',
  ignored: 'a rule keeps it from being sent: `reason` says which',
  discarded: 'the endpoint is gone',
};

/** Why a delivery is ignored, as a sentence that pages and the API show. */
export const REASON_SENTENCES = {
  filtered: 'The filter of the endpoint does not let it pass.',
  duplicate: 'The endpoint got the same within the window of its deduplication.',
  transformation_failed: 'The transformation of the endpoint failed, or returned nothing that could be sent.',
  superseded: 'A newer message with the same key took its place while it waited.',
  cancelled: 'It was cancelled before it was sent.',
} as const satisfies Record<IgnoreReason, string>;
