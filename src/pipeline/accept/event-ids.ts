import type { ComparedMessage } from '#src/domain/messages/compare-messages.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { MessageInput } from './message-input.ts';
import { Conflict, type ErrorDetail } from '#src/infra/lib/errors.ts';

/**
 * Throws Conflict when a message has the `event_id` of `first` and says another thing: to another target, of another
 * type or version, or with other data, compared byte for byte. Answering with `first` would lose it without a word. So
 * it does when `first` is past its retention, which its `event_id` outlives: null.
 */
export function requireSameEvent(message: Message, first: Message | null): asserts first is Message {
  if (first === null || !isSameEvent(message, first)) throw conflict(['event_id'], first ?? undefined);
}

/**
 * The same for messages of a batch, by the `firsts` of their event ids, compared in the database. Names each message in
 * conflict.
 */
export function requireSameEvents(
  messages: Pick<MessageInput, 'eventId' | 'path'>[],
  firsts: Map<string | null, ComparedMessage>,
): void {
  const paths: string[] = [];
  let example: Pick<Message, 'id'> | undefined;
  for (const { eventId, path = '' } of messages) {
    const first = firsts.get(eventId);
    if (first?.isSame === true) continue;
    paths.push(`${path}event_id`);
    example ??= first;
  }
  if (paths.length > 0) throw conflict(paths, example);
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

function conflict(paths: string[], first: Pick<Message, 'id'> | undefined): Conflict {
  const message =
    first === undefined
      ? 'The app had a message with this event_id, which is past its retention. Take another event_id.'
      : `The app has the message ${first.id} with this event_id already, to another target or with another type, ` +
        'version or data. Take an event_id of its own for each event and target.';
  const details = paths.slice(0, MAX_DETAILS).map((path): ErrorDetail => ({ path, message }));
  return new Conflict(message, { code: 'event_id_conflict', details });
}
