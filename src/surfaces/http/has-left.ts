import type { IncomingMessage } from 'node:http';

/**
 * Whether the client closed the connection before its request was complete. Then nobody reads an answer, and what broke
 * is no error of ours.
 */
export function hasLeft({ destroyed, complete }: Pick<IncomingMessage, 'destroyed' | 'complete'>): boolean {
  return destroyed && !complete;
}
