import { InvalidInput } from './errors.ts';

/** A value is `text.slice(start, end)`, without the whitespace around it. */
export interface Span {
  start: number;
  end: number;
}

/**
 * The members of the object that begins at or after `start`, each with the span of its value, so that a value can be
 * passed on exactly as it was written: `JSON.parse` and `stringify` would turn `1.0` into `1` and round integers over
 * 2^53. Keys are unescaped (`"d\u0061ta"` is `data`); the last of duplicate keys wins, as in `JSON.parse`.
 *
 * `text` must be text that `JSON.parse` accepts: it is not validated again. Throws InvalidInput for a value that is
 * nested deeper than {@link MAX_LEVELS}. An object or array of more than `maxLength` ends at infinity, and is the last
 * member.
 */
export function memberSpans(text: string, start = 0, maxLength = Infinity): Map<string, Span> {
  const members = new Map<string, Span>();
  let at = skipSpace(text, skipSpace(text, start) + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = endOfString(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, valueStart, maxLength);
    members.set(keyAt(text, at, keyEnd), { start: valueStart, end });
    at = nextItem(text, end);
  }
  return members;
}

/** The spans of the elements of the array that begins at or after `start`. `text` as for {@link memberSpans}. */
export function elementSpans(text: string, start = 0): Span[] {
  const elements: Span[] = [];
  let at = skipSpace(text, skipSpace(text, start) + 1);
  while (at < text.length && text.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = endOfValue(text, at);
    elements.push({ start: at, end });
    if (text.charCodeAt(skipSpace(text, end)) === CLOSE_BRACKET) break;
    at = nextItem(text, end);
  }
  return elements;
}

/** No parser of a receiver that we know reads so deep: Python's ends at 1,000 levels, PHP's at 512, Ruby's at 100. */
export const MAX_LEVELS = 20_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function keyAt(text: string, start: number, end: number): string {
  const spelling = text.slice(start + 1, end - 1);
  return spelling.includes('\\') ? (JSON.parse(`"${spelling}"`) as string) : spelling;
}

/** The position past the comma after a value, or that of the closing bracket. */
function nextItem(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text.charCodeAt(at) === COMMA ? skipSpace(text, at + 1) : at;
}

/** Outside of strings JSON's four whitespace characters are the only ones up to U+0020. */
function skipSpace(text: string, at: number): number {
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function endOfValue(text: string, start: number, maxLength = Infinity): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfContainer(text, start, maxLength);
  return endOfScalar(text, start);
}

/** A loop, because JSON.parse accepts nesting on which recursion would overflow our stack. */
function endOfContainer(text: string, start: number, maxLength: number): number {
  const last = Math.min(text.length, start + maxLength);
  let depth = 0;
  let at = start;
  while (at < last) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > MAX_LEVELS) throw new InvalidInput(`JSON must be nested at most 20,000 deep.`);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return last < text.length ? Infinity : at;
}

/** `indexOf` passes long strings many times faster than a loop. A quote after an odd number of \ is escaped. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote === -1 ? text.length : quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) break;
    at += 1;
  }
  return at;
}
