import { type ErrorDetail, InvalidInput } from '#src/infra/lib/errors.ts';
import { elementSpans, memberSpans } from '#src/infra/lib/json-text.ts';
import type { MessageInput } from '#src/pipeline/accept/message-input.ts';
import { invalid, parseInput, problemsIn } from './input.ts';
import type { Json } from './json-body.ts';
import { batch, newMessage } from '#src/surfaces/api/schemas/messages.ts';

export type PostedMessage = Omit<MessageInput, 'target'>;

/** Parses a posted message. `data` is cut out of the body's text, because it is forwarded byte for byte. */
export function parseMessage({ text, value }: Json, start = 0): PostedMessage {
  const data = memberSpans(text, start).get('data');
  if (data === undefined) throw invalid([...problemsIn(newMessage, value), NO_DATA]);
  return { ...parseInput(newMessage, value), dataText: text.slice(data.start, data.end) };
}

const NO_DATA = { path: 'data', message: 'is required; it may be any JSON' };

/**
 * Parses the messages of a batch: a list, or an object with the list in `messages`. Throws one InvalidInput with the
 * problems of all messages by path (`messages.3.event_type`); then no message is accepted.
 */
export function parseBatch({ text, value }: Json): PostedMessage[] {
  const isList = Array.isArray(value);
  const list = parseInput(batch, isList ? { messages: value } : value).messages;
  const spans = elementSpans(text, isList ? 0 : memberSpans(text).get('messages')?.start);
  const details: ErrorDetail[] = [];
  const messages = list.flatMap((message, index) => {
    try {
      return [parseMessage({ text, value: message }, spans[index]?.start)];
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const place = `messages.${String(index)}`;
      for (const { path, message: problem } of error.details ?? []) {
        details.push({ path: `${place}.${path}`, message: problem });
      }
      return [];
    }
  });
  if (details.length > 0) throw invalid(details);
  return messages;
}
