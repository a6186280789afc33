import { indentJson } from '#src/infra/lib/json-layout.ts';
import { lineDifference } from '#src/infra/lib/line-difference.ts';
import { looksLikeJson, type Payload, payloadOf } from '#src/surfaces/html/payload-view.ts';

/** Of a body that is compared: indenting takes the event loop's time. */
const MAX_CHARACTERS = 50_000;

/** The text is empty when nothing changes, or only spaces. */
export interface RequestDifference extends Payload {
  /** Nothing but spaces between the parts of the JSON differs. */
  isOfSpaces: boolean;
}

interface Compared {
  headers: Record<string, string>;
  body: string | Buffer;
}

/**
 * What changes from one request to another, by lines of their headers, in the order of their names, and of their
 * bodies, JSON indented. Null: a body is too long to be compared.
 */
export function requestDifference(
  before: Compared,
  after: Compared,
  room: { bytes: number },
): RequestDifference | null {
  if ([before, after].some(({ body }) => body.length > MAX_CHARACTERS)) return null;
  const difference = payloadOf(lineDifference(textOf(before), textOf(after)).join('\n'), room);
  const isOtherText = typeof before.body === 'string' && before.body !== after.body;
  return { ...difference, isOfSpaces: difference.text === '' && isOtherText };
}

function textOf({ headers, body }: Compared): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  return [...lines.toSorted(), '', bodyText(body)].join('\n');
}

function bodyText(body: string | Buffer): string {
  if (typeof body !== 'string') return `${String(body.length)} bytes that are no text`;
  return looksLikeJson(body) ? indentJson(body) : body;
}
