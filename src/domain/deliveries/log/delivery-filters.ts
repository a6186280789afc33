import type { AttemptOutcome } from '#src/domain/attempts/attempt.ts';
import type { StatusClass } from '#src/domain/attempts/status-class.ts';
import type { DeliveryState, IgnoreReason } from '#src/domain/deliveries/delivery.ts';
import type { TextQuery } from '#src/domain/search/text-query.ts';

/** What the log of deliveries can be asked for; all that is given has to hold. */
export interface DeliveryFilters {
  states?: readonly DeliveryState[] | undefined;
  /** Of what is ignored. */
  reason?: IgnoreReason | undefined;
  eventType?: string | undefined;
  messageId?: string | undefined;
  endpointId?: string | undefined;
  /** To an endpoint that the subscription has now. */
  subscriptionId?: string | undefined;
  /** Of the answer to the last attempt; null: there was none. */
  statusCode?: number | null | undefined;
  statusClass?: StatusClass | undefined;
  /** Of the last attempt. */
  outcome?: AttemptOutcome | undefined;
  /** Searched in the message and in the answers and errors of the attempts. */
  text?: TextQuery | undefined;
  /** Bounds of the message's creation. */
  since?: Date | undefined;
  until?: Date | undefined;
}

/** The states that the filters let through; undefined: all. */
export function statesOf({ states, reason }: DeliveryFilters): readonly DeliveryState[] | undefined {
  if (reason === undefined) return states;
  return states === undefined || states.includes('ignored') ? ['ignored'] : [];
}
