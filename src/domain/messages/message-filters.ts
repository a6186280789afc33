import type { TextQuery } from '#src/domain/search/text-query.ts';

export interface MessageFilters {
  eventType?: string | undefined;
  eventId?: string | undefined;
  /** What was posted to the subscription, or goes to one of its endpoints. */
  subscriptionId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Searched in the payload, the event type and the event id. */
  text?: TextQuery | undefined;
}
