import type { Message } from '#src/domain/messages/message.ts';
import { Conflict, type ErrorDetail, NotFound } from '#src/infra/lib/errors.ts';

/**
 * Throws Conflict when a message has the `event_id` of `first` and says another thing: to another target, of another
 * type or version, or with other data, compared byte for byte. Answering with `first` would lose it without a word.
 */
export function requireSameEvent(message: Message, first: Message): void {
  if (!isSameEvent(message, first)) throw conflict(['event_id'], first);
}

/**
 * The same for messages of a batch, by the `firsts` that have their event ids. Null stands for those that are new. Names
 * each message in conflict.
 */
export function requireSameEvents(messages: (Message | null)[], firsts: Map<string | null, Message>): void {
  const paths: string[] = [];
  let example: Message | undefined;
  for (const [index, message] of messages.entries()) {
    if (message === null) continue;
    const first = firsts.get(message.eventId) ?? forgotten();
    if (isSameEvent(message, first)) continue;
    paths.push(`messages.${String(index)}.event_id`);
    example ??= first;
  }
  if (example !== undefined) throw conflict(paths, example);
}

/** Throws NotFound: the `event_id` is known longer than its message. */
export function forgotten(): never {
  throw new NotFound('The message with this event_id is past its retention.');
}

function isSameEvent(one: Message, other: Message): boolean {
  return (
    one.subscriptionId === other.subscriptionId &&
    one.endpointId === other.endpointId &&
    one.eventType === other.eventType &&
    one.version === other.version &&
    one.contentType === other.contentType &&
    isSameData(one.data, other.data)
  );
}

function isSameData(one: string | Buffer, other: string | Buffer): boolean {
  return typeof one === 'string' || typeof other === 'string' ? one === other : one.equals(other);
}

const MAX_DETAILS = 100;

function conflict(paths: string[], first: Message): Conflict {
  const message =
    `The app has the message ${first.id} with this event_id already, to another target or with another type, ` +
    'version or data. Take an event_id of its own for each event and target.';
  const details = paths.slice(0, MAX_DETAILS).map((path): ErrorDetail => ({ path, message }));
  return new Conflict(message, { code: 'event_id_conflict', details });
}
