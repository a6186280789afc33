import { isLargerThan } from '#src/infra/lib/is-larger-than.ts';
import { memberSpans } from '#src/infra/lib/json-text.ts';
import { MAX_MESSAGE_BYTES } from '#src/domain/messages/message.ts';
import { LineProblem } from './line-problem.ts';

/** Of a line without its payloads. The largest is an event type with schemas and samples of all its versions. */
const MAX_PLAIN_BYTES = 1024 * 1024;
/** Bytes of the members of a message's line that hold its payload. In a text each may be escaped, as `\u0000`. */
const MAX_PAYLOAD_BYTES = {
  data: MAX_MESSAGE_BYTES,
  data_text: 6 * MAX_MESSAGE_BYTES,
  data_base64: 6 * MAX_MESSAGE_BYTES,
};

/**
 * Parses a line of an export. It is weighed before, because the objects of 8 MB of `{},{},…` need 150 MB. Throws
 * LineProblem for one that no export can hold, SyntaxError for what is not JSON.
 */
export function parseLine(text: string): unknown {
  if (text.length > MAX_PLAIN_BYTES) weigh(text);
  return JSON.parse(text);
}

/** `text` may be no JSON: then the spans are of no use, and its parser ends at the first mistake. */
function weigh(text: string): void {
  const members = memberSpans(text, 0, MAX_MESSAGE_BYTES);
  let plain = text.length;
  for (const [name, maxBytes] of Object.entries(MAX_PAYLOAD_BYTES)) {
    const span = members.get(name);
    // Only a text is one value: a list may have millions.
    if (span === undefined || (name !== 'data' && text[span.start] !== '"')) continue;
    if (isLargerThan(maxBytes, text, span)) throw new LineProblem(`${name} must be at most 1 MB`);
    plain -= span.end - span.start;
  }
  if (plain > MAX_PLAIN_BYTES) throw new LineProblem('it is longer than 1 MB without a payload');
}
