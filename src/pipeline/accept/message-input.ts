import type { Message } from '#src/domain/messages/message.ts';
import type { MessageTarget } from '#src/pipeline/routing/message-target.ts';

/** A message as a provider posts it; checked by the surface except for what only the app's catalogue knows. */
export interface MessageInput {
  target: MessageTarget;
  eventType: string;
  version: string;
  /** The JSON text of `data`, exactly as it was written. */
  dataText: string;
  /** Set for what is passed on as it came: then `dataText`, or in its place `dataBytes`, is all of the body. */
  contentType?: string;
  /** What can be no text. */
  dataBytes?: Buffer;
  eventId: string | null;
  overridePayload: boolean;
  headers: Record<string, string> | null;
  deliverAt: Date | null;
}

export interface AcceptedMessage {
  message: Message;
  /** The same `eventId` was accepted before: `message` is the first one, and nothing is sent. */
  isDuplicate: boolean;
}
