import type { DeliveryState, IgnoreReason } from '#src/domain/deliveries/delivery.ts';

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
  /** Bounds of the message's creation. */
  since?: Date | undefined;
  until?: Date | undefined;
}

/** The states that the filters let through; undefined: all. */
export function statesOf({ states, reason }: DeliveryFilters): readonly DeliveryState[] | undefined {
  if (reason === undefined) return states;
  return states === undefined || states.includes('ignored') ? ['ignored'] : [];
}
