import { type ErrorDetail, InvalidInput, TooLarge } from '#src/infra/lib/errors.ts';
import { elementSpans, memberSpans, type Span } from '#src/infra/lib/json-text.ts';
import { isLargerThan } from '#src/infra/lib/is-larger-than.ts';
import { MAX_MESSAGE_BYTES } from '#src/domain/messages/message.ts';
import type { MessageInput } from '#src/pipeline/accept/message-input.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import type { Json } from './json-body.ts';
import { invalid, UNKNOWN_PARAMETER } from '#src/infra/lib/unknown-members.ts';
import { filterTest } from '#src/surfaces/api/schemas/filter-test.ts';
import { batch, explained, newMessage } from '#src/surfaces/api/schemas/messages.ts';

export type PostedMessage = Omit<MessageInput, 'target'>;

/** Parses a posted message. `data` is cut out of the body's text, because it is forwarded byte for byte. */
export function parseMessage({ text, value }: Json, start = 0): PostedMessage {
  const message = parseInput(newMessage, value, ELSEWHERE);
  const { start: from = 0, end = 0 } = memberSpans(text, start).get('data') ?? {};
  return { ...message, dataText: text.slice(from, end) };
}

const ONE_SUBSCRIPTION = ' here: post to /subscriptions/{id}/messages for one of them alone';
const ONE_ENDPOINT = ' here: post to /subscriptions/{id}/endpoints/{id}/messages for one of them alone';

/** What callers of other services put into the message, and here is said by the address. */
const ELSEWHERE = {
  subscription: ONE_SUBSCRIPTION,
  subscription_id: ONE_SUBSCRIPTION,
  endpoint: ONE_ENDPOINT,
  endpoint_id: ONE_ENDPOINT,
  payload: '; did you mean data?',
};

/** Parses the input of `explain`. Its `data` is not written again from the value, because it may be nested deeply. */
export function parseExplained({ text, value }: Json) {
  const data = memberSpans(text).get('data');
  return {
    ...parseInput(explained, value),
    dataText: data === undefined ? null : text.slice(data.start, data.end),
  };
}

/** Parses a filter that is tried. Its `data` is read as that of a message is. */
export function parseFilterTest({ text, value }: Json) {
  const data = memberSpans(text).get('data');
  return {
    ...parseInput(filterTest, value),
    dataText: data === undefined ? null : text.slice(data.start, data.end),
  };
}

/**
 * Parses the messages of a batch: a list, or an object with the list in `messages`. Throws one InvalidInput with the
 * problems of all messages by path (`messages.3.event_type`); then no message is accepted. Throws TooLarge when one is
 * larger than a message may be that is posted alone.
 */
export function parseBatch({ text, value }: Json): PostedMessage[] {
  const isList = Array.isArray(value);
  const list = parseInput(batch, isList ? { messages: value } : value).messages;
  const spans = elementSpans(text, isList ? 0 : memberSpans(text).get('messages')?.start);
  const details: ErrorDetail[] = [];
  let hasUnknown = false;
  requireFitting(text, spans);
  const messages = list.flatMap((message, index) => {
    try {
      return [parseMessage({ text, value: message }, spans[index]?.start)];
    } catch (error) {
      if (!(error instanceof InvalidInput) || error.details === undefined) throw error;
      const place = `messages.${String(index)}`;
      hasUnknown ||= error.code === UNKNOWN_PARAMETER;
      for (const { path, message: problem } of error.details) {
        details.push({ path: path === '' ? place : `${place}.${path}`, message: problem });
      }
      return [];
    }
  });
  if (details.length > 0) throw invalid(details, { hasUnknown });
  return messages;
}

function requireFitting(text: string, spans: Span[]): void {
  const index = spans.findIndex(({ start, end }) => isLargerThan(MAX_MESSAGE_BYTES, text, { start, end }));
  if (index === -1) return;
  const message = 'is larger than 1 MB: send a link to large data in place of the data';
  const path = `messages.${String(index)}`;
  throw new TooLarge(`${path} ${message}.`, { details: [{ path, message }] });
}
