import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { hideSecrets } from './hide-secrets.ts';

const KEPT_BYTES = 4096;
/** A longer body is not parsed for the event that it names. */
const PARSED_BYTES = 64 * 1024;
const KEPT_CHARACTERS = 255;

const RECEIVED = Symbol('the bytes of the body');
type Received = IncomingMessage & { [RECEIVED]?: Buffer };

/** Keeps the body for the request log, until the request is answered. */
export function noteReceived(req: IncomingMessage, bytes: Buffer): void {
  (req as Received)[RECEIVED] = bytes;
}

/** Undefined for a body that was not read, or not to its end. */
export const receivedBytes = (req: IncomingMessage): Buffer | undefined => (req as Received)[RECEIVED];

/** The beginning of the body; null for bytes that are no text. */
export function bodyIn(req: IncomingMessage): string | null {
  const bytes = receivedBytes(req);
  if (bytes === undefined || bytes.length === 0 || !isUtf8(bytes)) return null;
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
  const bytes = receivedBytes(req);
  const text =
    bytes === undefined || bytes.length > PARSED_BYTES || bytes[0] !== 0x7b ? '' : bytes.toString('utf8');
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
