import type { IgnoreReason } from '#src/domain/deliveries/delivery.ts';
import type { Message } from '#src/domain/messages/message.ts';

export interface QueuedDelivery {
  endpointId: string;
  dueAt: Date;
  /** By which the endpoint tells duplicates; absent: it takes them. */
  sameness?: { hash: string; windowSeconds: number };
}

/** A message with the decision of routing, ready to be inserted. */
export interface RoutedMessage {
  message: Message;
  /** Endpoints that are off, whoever turned them off: each gets a held delivery. */
  held: string[];
  /** Endpoints in whose queues it waits: each gets a scheduled delivery. */
  queued?: QueuedDelivery[] | undefined;
  /** Endpoints whose rules keep the message back. */
  ignored: { endpointId: string; reason: IgnoreReason }[];
  /** The revision of the app that routing saw; the insert refuses another. */
  revision: string;
}

/**
 * `accepted`: the message was written. `duplicate`: its `event_id` is taken. `stale`: the app has changed since
 * routing. Of the last two nothing was written.
 */
export type InsertResult = 'accepted' | 'duplicate' | 'stale';
