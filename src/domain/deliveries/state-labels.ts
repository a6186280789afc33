import type { DeliveryState, IgnoreReason } from './delivery.ts';

/** What a state means for the reader: done, waiting, lost, under way or of no concern. Pages turn it into a colour. */
export type Tone = 'success' | 'warning' | 'danger' | 'info' | 'neutral';

interface StateLabel {
  /** The state in one or two words, as pages show it. */
  label: string;
  tone: Tone;
  /** The state in the words of the API's description; undefined where its name says all. */
  meaning?: string;
}

/** How every page, mail and document names the states of a delivery. The order is the one of the API's description. */
export const STATE_LABELS = {
  pending: { label: 'Pending', tone: 'info', meaning: 'under way' },
  delivered: { label: 'Delivered', tone: 'success' },
  scheduled: { label: 'Retrying', tone: 'warning', meaning: 'another attempt follows' },
  failed: {
    label: 'Given up',
    tone: 'danger',
    meaning: 'no attempt is left, or the receiver asked for no more',
  },
  held: { label: 'Held', tone: 'neutral', meaning: 'kept for a replay, because the endpoint is off' },
  ignored: {
    label: 'Ignored',
    tone: 'neutral',
    meaning: 'a rule keeps it from being sent: `reason` says which',
  },
  discarded: { label: 'Discarded', tone: 'neutral', meaning: 'the endpoint is gone' },
} as const satisfies Record<DeliveryState, StateLabel>;

/** Why a delivery is ignored, as a sentence that pages and the API show. */
export const REASON_SENTENCES = {
  filtered: 'The filter of the endpoint does not let it pass.',
  duplicate: 'The endpoint got the same within the window of its deduplication.',
  transformation_failed: 'The transformation of the endpoint failed, or returned nothing that could be sent.',
  superseded: 'A newer message with the same key took its place while it waited.',
  cancelled: 'It was cancelled before it was sent.',
} as const satisfies Record<IgnoreReason, string>;
