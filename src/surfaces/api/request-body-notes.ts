import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { hideSecrets } from './hide-secrets.ts';

const KEPT_BYTES = 4096;
/** A longer body is not parsed for the event that it names. */
const PARSED_BYTES = 64 * 1024;
const KEPT_CHARACTERS = 255;

interface Received {
  length: number;
  /** The whole body; of one that is not parsed, what is kept. */
  bytes: Buffer;
  /** Of a body of which the beginning is kept. */
  isText?: boolean;
}

const RECEIVED = Symbol('what the request log needs of the body');
type Noted = IncomingMessage & { [RECEIVED]?: Received };

/** Whether {@link noteReceived} keeps the buffer itself. */
export const isKeptWhole = ({ length }: Buffer): boolean => length <= PARSED_BYTES;

/** Keeps the body for the request log, until the request is answered; of a large one a copy of its beginning. */
export function noteReceived(req: IncomingMessage, bytes: Buffer): void {
  const { length } = bytes;
  (req as Noted)[RECEIVED] = isKeptWhole(bytes)
    ? { length, bytes }
    : { length, bytes: Buffer.from(bytes.subarray(0, KEPT_BYTES)), isText: isUtf8(bytes) };
}

const receivedOf = (req: IncomingMessage): Received | undefined => (req as Noted)[RECEIVED];

/** Bytes of the body; undefined for one that was not read, or not to its end. */
export const receivedBytes = (req: IncomingMessage): number | undefined => receivedOf(req)?.length;

/** The beginning of the body; null for bytes that are no text. */
export function bodyIn(req: IncomingMessage): string | null {
  const received = receivedOf(req);
  if (received === undefined || received.length === 0) return null;
  const { bytes, isText = isUtf8(bytes) } = received;
  if (!isText) return null;
  // The decoder leaves out a character that is cut in the middle.
  return hideSecrets(new TextDecoder().decode(bytes.subarray(0, KEPT_BYTES), { stream: true }));
}

/** The event type and id that a message names, in its body or, if that is sent as it is, in the query. */
export function eventIn(req: IncomingMessage & { originalUrl: string }): {
  eventType: string | null;
  eventId: string | null;
} {
  const { originalUrl } = req;
  const query = new URLSearchParams(originalUrl.includes('?') ? originalUrl.split('?', 2)[1] : '');
  const received = receivedOf(req);
  const isParsed = received !== undefined && received.length <= PARSED_BYTES && received.bytes[0] === 0x7b;
  const text = isParsed ? received.bytes.toString('utf8') : '';
  const named = membersOf(text);
  const nameOf = (member: 'event_type' | 'event_id') => {
    const found = query.get(member) ?? named(member);
    return typeof found === 'string' && found !== '' ? hideSecrets(found).slice(0, KEPT_CHARACTERS) : null;
  };
  return { eventType: nameOf('event_type'), eventId: nameOf('event_id') };
}

/** Finds a member of an object as JSON, also where a mistake in its text makes it none. */
function membersOf(text: string): (name: string) => unknown {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return (name) => value[name];
  } catch {
    return (name) => new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]*)"`).exec(text)?.[1];
  }
}
