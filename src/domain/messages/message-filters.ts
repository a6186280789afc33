import type { TextQuery } from '#src/domain/search/text-query.ts';

/** When a message was accepted. */
export interface MessageTimes {
  since?: Date | undefined;
  until?: Date | undefined;
}

export interface MessageFilters extends MessageTimes {
  eventType?: string | undefined;
  eventId?: string | undefined;
  /** What was posted to the subscription, or is sent to or held for one of its endpoints; deleted ones do not count. */
  subscriptionId?: string | undefined;
  /** One of the channels that it was posted to. */
  channel?: string | undefined;
  /** Searched in the payload, the event type and the event id. */
  text?: TextQuery | undefined;
}
