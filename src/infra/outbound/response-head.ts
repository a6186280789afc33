import { isUtf8 } from 'node:buffer';

/** The head of an answer: its status line and headers, read as Go, curl and Python read them. */
export interface ResponseHead {
  statusCode: number;
  /** As received, in order, names as spelled; values without the whitespace around them. */
  headers: [string, string][];
  /** What to give undici's parser in place of the head, which it would refuse; undefined when it takes the head. */
  mended: string | undefined;
  /** What is wrong with it beyond mending, after the name of the host; undefined: nothing. */
  problem: string | undefined;
}

/**
 * The position behind the empty line that ends the head; -1: it is not complete. Lines may end without CR. `from`:
 * where to begin, because no end begins before it.
 */
export function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

const LF = 10;
const CR = 13;

/**
 * Reads a head, or as much of one as there is. Answers undefined when the bytes are no HTTP/1 at all.
 *
 * undici's parser refuses, or misreads, what the RFCs have recipients understand and other clients do: whitespace after
 * a Content-Length (RFC 9112, section 5), folded lines (5.2), bare LF (2.2), Content-Length repeated (RFC 9110, section
 * 8.6) or beside Transfer-Encoding (RFC 9112, section 6.3), names and values with stray characters. Such a head is
 * replaced by one that holds only what tells where the answer ends.
 */
export function readHead(bytes: Buffer): ResponseHead | undefined {
  const lines = bytes.toString('latin1').split('\n');
  const statusLine = withoutCr(lines[0] ?? '');
  const status = STATUS_LINE.exec(statusLine);
  if (status?.[1] === undefined) return undefined;

  const { headers, isRegular } = readLines(lines);
  const statusCode = Number(status[2]);
  const framing = framingOf(headers);
  const isStrict = isRegular && framing.isPlain && STRICT_STATUS_LINE.test(statusLine);
  return {
    statusCode,
    headers: headers.map(([name, value]) => [name, readable(value)]),
    mended: isStrict
      ? undefined
      : mend(`HTTP/1.${status[1] === '0' ? '0' : '1'} ${String(status[2])} `, framing),
    problem: problemOf(statusCode, framing),
  };
}

const STATUS_LINE = /^HTTP\/1\.(\d)[ \t]+(\d{3})(?:[ \t]|$)/;
const STRICT_STATUS_LINE = /^HTTP\/1\.[01] \d{3}(?: |$)/;
const REGULAR_LINE = /^[!#$%&'*+\-.^_`|~\w]+:[\t\x20-\x7e\x80-\xff]*\r$/;

function readLines(lines: string[]): { headers: [string, string][]; isRegular: boolean } {
  const headers: [string, string][] = [];
  let isRegular = lines[0]?.endsWith('\r') ?? false;
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '' || line === '\r') continue;
    isRegular &&= REGULAR_LINE.test(line) && !isSpace(line.charCodeAt(line.length - 2));
    const last = headers.at(-1);
    const colon = line.indexOf(':');
    if (last !== undefined && (line.startsWith(' ') || line.startsWith('\t')))
      last[1] += ` ${trimmed(line, 0)}`;
    else if (colon > 0) headers.push([trimmed(line.slice(0, colon), 0), trimmed(line, colon + 1)]);
  }
  return { headers, isRegular };
}

/** The text from `start` without whitespace at both ends; `trim` would take bytes of UTF-8 with it (like 0xa0). */
function trimmed(text: string, start: number): string {
  let from = start;
  let to = text.length;
  while (from < to && isSpace(text.charCodeAt(from))) from += 1;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

const isSpace = (code: number) => code === 32 || code === 9 || code === CR;

const withoutCr = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** What tells where an answer ends, and whether the connection can be used again. */
interface Framing {
  lengths: string[];
  encodings: string[];
  connection: string[];
  keepAlive: string[];
  /** Whether it cannot be misread: one length at most, or an encoding. */
  isPlain: boolean;
}

function framingOf(headers: [string, string][]): Framing {
  const fields: string[] = [];
  const encodings: string[] = [];
  const connection: string[] = [];
  const keepAlive: string[] = [];
  const named: Record<string, string[] | undefined> = {
    'content-length': fields,
    'transfer-encoding': encodings,
    connection,
    'keep-alive': keepAlive,
  };
  for (const [name, value] of headers) {
    if (FRAMING_LENGTHS.has(name.length)) named[name.toLowerCase()]?.push(value);
  }
  const isPlain =
    fields.length === 0 || (encodings.length === 0 && fields.length === 1 && isLength(fields[0]));
  const lengths = isPlain
    ? fields
    : [...new Set(fields.flatMap((value) => value.split(',').map((part) => trimmed(part, 0))))];
  return { lengths, encodings, connection, keepAlive, isPlain };
}

/** How long the names of these headers are, because most others are told apart by that alone. */
const FRAMING_LENGTHS = new Set(
  ['content-length', 'transfer-encoding', 'connection', 'keep-alive'].map(({ length }) => length),
);

const isLength = (text: string | undefined) => text !== undefined && /^\d+$/.test(text);

function problemOf(statusCode: number, { lengths, encodings }: Framing): string | undefined {
  if (statusCode < 100) {
    return `answered with status ${String(statusCode).padStart(3, '0')}, which is not one of HTTP`;
  }
  if (statusCode === 101) return 'answered 101 (Switching Protocols), which was not asked for';
  const hasLength = encodings.length === 0 && lengths.length > 0;
  // RFC 9112, section 6.3: such an answer is to be discarded, because nobody knows where it ends.
  return hasLength && (lengths.length > 1 || !isLength(lengths[0]))
    ? `answered with a Content-Length that is not one number`
    : undefined;
}

function mend(statusLine: string, { lengths, encodings, connection, keepAlive }: Framing): string {
  // Transfer-Encoding overrides Content-Length, and such a connection is not to be used again.
  const isAmbiguous = encodings.length > 0 && lengths.length > 0;
  const lines = [
    ...encodings.map((value) => `Transfer-Encoding: ${value}`),
    ...(isAmbiguous ? ['Connection: close'] : lengths.map((value) => `Content-Length: ${value}`)),
    ...connection.map((value) => `Connection: ${value}`),
    ...keepAlive.map((value) => `Keep-Alive: ${value}`),
  ];
  return [statusLine, ...lines.map((line) => line.replace(/[^\x20-\x7e]/g, ' ')), '', ''].join('\r\n');
}

/**
 * The value as text that PostgreSQL can store. Its bytes are UTF-8 if they can be, else ISO 8859-1 (RFC 9110, section
 * 5.5).
 */
function readable(value: string): string {
  if (PLAIN.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return (isUtf8(bytes) ? bytes.toString('utf8') : value).replace(CONTROL, '\ufffd');
}

const PLAIN = /^[\t\x20-\x7e]*$/;
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/g;
