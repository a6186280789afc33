import type { App } from '#src/domain/apps/app.ts';
import type { DeliveryState, IgnoreReason } from '#src/domain/deliveries/delivery.ts';
import type { FoundDelivery } from './listed-delivery.ts';
import type { TextQuery } from '#src/domain/search/text-query.ts';
import type { PlaceRange } from './place.ts';

/** A walk over the deliveries of an app. */
export interface Walk {
  app: Pick<App, 'accountId' | 'id'>;
  range: PlaceRange;
  /** From the oldest to the newest. */
  isBackwards: boolean;
  /** Undefined: all. */
  states: readonly DeliveryState[] | undefined;
  reason: IgnoreReason | undefined;
  /** Undefined: of all endpoints. */
  endpointIds: string[] | undefined;
  eventType: string | undefined;
  /** Messages that cannot hold the words, with attempts of theirs, are left out where that is known. */
  text: TextQuery | undefined;
}

/** A part of a walk: all deliveries that match between the last part and `through`. */
export interface Part {
  /** In the order of the walk. */
  found: FoundDelivery[];
  /** The place up to which the walk has come: the cursor with which another walk goes on. */
  through: string;
  /** Whether other deliveries of the last message follow. */
  isWithinMessage?: boolean;
}
