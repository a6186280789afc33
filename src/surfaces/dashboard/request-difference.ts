import { indentJson } from '#src/infra/lib/json-layout.ts';
import { lineDifference } from '#src/infra/lib/line-difference.ts';
import { type Payload, payloadOf } from '#src/surfaces/html/payload-view.ts';

/** Of a body that is compared: indenting takes the event loop's time. */
const MAX_CHARACTERS = 50_000;

interface Compared {
  headers: Record<string, string>;
  body: string | Buffer;
}

/**
 * What changes from one request to another, by lines of their headers, in the order of their names, and of their
 * bodies, JSON indented. Null: a body is too long to be compared; an empty text: nothing changes.
 */
export function requestDifference(before: Compared, after: Compared): Payload | null {
  if ([before, after].some(({ body }) => body.length > MAX_CHARACTERS)) return null;
  return payloadOf(lineDifference(textOf(before), textOf(after)).join('\n'));
}

function textOf({ headers, body }: Compared): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  return [...lines.toSorted(), '', bodyText(body)].join('\n');
}

function bodyText(body: string | Buffer): string {
  if (typeof body !== 'string') return `${String(body.length)} bytes that are no text`;
  return payloadOf(body).isJson ? indentJson(body) : body;
}
