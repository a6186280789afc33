import type { Message } from '#src/domain/messages/message.ts';
import type { Expectation } from '#src/pipeline/routing/audience.ts';
import type { MessageTarget } from '#src/pipeline/routing/message-target.ts';

/** A message as a provider posts it. The surface has checked all but what only the app's webhook events tell. */
export interface MessageInput {
  target: MessageTarget;
  eventType: string;
  version: string;
  /** The JSON text of `data`, exactly as it was written. */
  dataText: string;
  /** Set when the body is passed on as it came: then `dataText`, or in its place `dataBytes`, is the whole body. */
  contentType?: string;
  /** A body that cannot be text. */
  dataBytes?: Buffer;
  eventId: string | null;
  overridePayload: boolean;
  headers: Record<string, string> | null;
  channels?: string[] | null;
  deliverAt: Date | null;
  orderingKey?: string | null;
  coalesceKey?: string | null;
  /** To how many it is meant to go; null: to anyone. */
  expect?: Expectation | null;
  /** Where it is in a batch, before the paths of details about it: `messages.3.` */
  path?: string;
}

export interface AcceptedMessage {
  message: Message;
  /** Whether the same `eventId` was accepted before: `message` is the first one, and nothing is sent. */
  isDuplicate: boolean;
}
