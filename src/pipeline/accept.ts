import type { Accepted, MessageInput } from './message-input.ts';

/** The entrance of the pipeline. */
export interface Acceptor {
  /**
   * Routes the message and commits it with its work; resolves after the commit. Throws NotFound when the target is
   * gone, InvalidInput when the app has no such event type.
   */
  accept(input: MessageInput): Promise<Accepted>;
}
