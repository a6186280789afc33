import { InvalidInput } from '../lib/errors.ts';
import { memberSpans } from '../lib/json-text.ts';
import type { MessageInput } from '../pipeline/message-input.ts';
import { parseInput } from './input.ts';
import type { JsonBody } from './json-body.ts';
import { newMessage } from './schemas/messages.ts';

/** A posted message. Its `data` is cut out of the body's text, so that it is passed on exactly as it was written. */
export function parseMessage({ text, value }: JsonBody): Omit<MessageInput, 'target'> {
  const fields = parseInput(newMessage, value);
  const data = memberSpans(text).get('data');
  if (data === undefined) {
    const message = 'is required; it may be any JSON';
    throw new InvalidInput(`data ${message}.`, { details: [{ path: 'data', message }] });
  }
  return { ...fields, dataText: text.slice(data.start, data.end) };
}
