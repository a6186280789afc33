import type { Message } from '#src/domain/messages/message.ts';

/** A message at the intake. */
export interface RoutedMessage {
  message: Message;
  /** Endpoints that are off for failing: they get a delivery that waits for a replay. */
  held: string[];
  /** Of the app, as it was routed by. */
  revision: string;
  /** It is no part of what the plan counts: a test. */
  isFree?: boolean;
}

/** `stale`: the app changed since it was routed; nothing was written. */
export type InsertResult = 'accepted' | 'duplicate' | 'stale';
