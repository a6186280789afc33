import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { isStreamed } from '#src/surfaces/http/arrival-budget.ts';
import { mayTakeLong } from '#src/surfaces/http/arrival-limit.ts';
import { readBody } from '#src/surfaces/http/read-body.ts';
import { createDutyCycle } from '#src/infra/lib/duty-cycle.ts';
import { freeBytes } from '#src/infra/lib/free-bytes.ts';
import { currentBeneficiary } from '#src/infra/lib/on-behalf.ts';
import { BadRequest, InvalidInput, TooLarge, UnsupportedMediaType } from '#src/infra/lib/errors.ts';
import { isKeptWhole, noteReceived } from './request-body-notes.ts';

export interface Json {
  /** The body as it was sent, because parts of it are forwarded byte for byte. */
  text: string;
  value: unknown;
}

export interface JsonBody extends Json {
  value: Record<string, unknown>;
}

const MEGABYTE = 1024 * 1024;
/** Below it JSON is parsed and validated within a millisecond or two, however many members it has. */
const SMALL_BYTES = 16 * 1024;
const BODY_MEGABYTES = FIXED_LIMITS.bodyBytes.max / MEGABYTE;

/** Of all large bodies of a process: one of a megabyte of members occupies the event loop for 100 ms. */
const turnOfLarge = createDutyCycle();

/**
 * Reads the body as JSON; an empty body counts as `{}`. Throws BadRequest, TooLarge, TooManyRequests and
 * UnsupportedMediaType.
 */
export async function readJson(
  req: IncomingMessage,
  { limitMegabytes = BODY_MEGABYTES } = {},
): Promise<Json> {
  checkType(req.headers['content-type']);
  const bytes = await readRaw(req, { limitMegabytes });
  if (bytes.length > SMALL_BYTES) await turnOfLarge(currentBeneficiary());
  if (!isUtf8(bytes)) throw new BadRequest('The body is not valid UTF-8.');
  const text = withoutByteOrderMark(bytes.toString('utf8'));
  if (!isKeptWhole(bytes)) freeBytes(bytes);
  return { text, value: text.trim() === '' ? {} : parseJson(text) };
}

/** Reads the body's bytes, whatever their type. Throws as {@link readJson} does. */
export async function readRaw(
  req: IncomingMessage,
  { limitMegabytes = BODY_MEGABYTES } = {},
): Promise<Buffer> {
  checkEncoding(req.headers['content-encoding']);
  const bytes = await readBody(req, {
    maxBytes: limitMegabytes * MEGABYTE,
    tooLarge: () => tooLarge(limitMegabytes),
    cutOff: () => new BadRequest('The request ended before its body did.'),
  });
  noteReceived(req, bytes);
  return bytes;
}

/** Yields a body of JSON lines as it arrives. The connection stays open when the reader stops early, for the answer. */
export async function* streamRaw(req: IncomingMessage): AsyncGenerator<Buffer> {
  checkEncoding(req.headers['content-encoding']);
  if (!LINES_TYPE.test(req.headers['content-type'] ?? '')) {
    throw new UnsupportedMediaType(
      'Send lines of JSON with the header "Content-Type: application/x-ndjson".',
    );
  }
  mayTakeLong(req);
  isStreamed(req);
  try {
    yield* req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw req.complete ? error : new BadRequest('The request ended before its body did.', { cause: error });
  } finally {
    // The unread rest is discarded, because it precedes the next request on a kept-alive connection.
    req.resume();
  }
}

/**
 * Reads the body as a JSON object. `null` stands for no body, as generated Go clients send one that is left out. Throws
 * InvalidInput for other JSON.
 */
export async function readJsonBody(req: IncomingMessage): Promise<JsonBody> {
  const { text, value } = await readJson(req);
  if (value === null) return { text, value: {} };
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new InvalidInput('The body must be a JSON object.');
  }
  return { text, value: value as Record<string, unknown> };
}

/** Heroku's article sends `text/json`. The first Node client set no type, so its fetch sends `text/plain`. */
const JSON_TYPE = /^\s*(application\/json|text\/json|text\/plain|[^/;\s]+\/[^/;\s]+\+json)\s*(;|$)/i;
const LINES_TYPE =
  /^\s*$|^\s*(application\/(x-)?(ndjson|jsonl|json|octet-stream)|text\/(json|plain))\s*(;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;
const OUR_CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii']);

function checkType(type: string | undefined): void {
  if (type === undefined || type === '') return;
  if (!JSON_TYPE.test(type)) {
    throw new UnsupportedMediaType(
      'Send JSON with the header "Content-Type: application/json" (with curl: -H "Content-Type: application/json").',
    );
  }
  const charset = CHARSET.exec(type)?.[1] ?? 'utf-8';
  if (!OUR_CHARSETS.has(charset.toLowerCase())) throw new UnsupportedMediaType('Send JSON in UTF-8.');
}

function checkEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return;
  throw new UnsupportedMediaType('Send the body without a Content-Encoding.');
}

function tooLarge(limitMegabytes: number): TooLarge {
  return new TooLarge(
    `The body is larger than ${String(limitMegabytes)} MB. Send a link to large data in place of the data.`,
  );
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRequest(`The body is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
