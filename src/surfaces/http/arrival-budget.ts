import type { IncomingMessage, ServerResponse } from 'node:http';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import { freeBytes } from '#src/infra/lib/free-bytes.ts';
import { leaveUnread, TinyChunks } from './tiny-chunks.ts';

const MEGABYTE = 1024 * 1024;
/** A chunk occupies at least so much, however few bytes it has. */
const MIN_CHUNK_BYTES = 512;
/** An answer of at most so many bytes is not counted, because a socket's buffers take it. */
const SMALL_ANSWER_BYTES = 256 * 1024;
const RETRY_AFTER_SECONDS = 2;

/** Bytes of requests and answers that are in memory: of all together, of one address, of one account. */
const MAX_BYTES = { all: 96 * MEGABYTE, address: 48 * MEGABYTE, account: FIXED_LIMITS.bytesUnderWay.max };
/** Of those without a key: Hook Helpers and forms. They leave the rest to those who have one. */
const MAX_KEYLESS_BYTES = { all: 32 * MEGABYTE, address: FIXED_LIMITS.keylessBytesUnderWay.max };

/** Bytes by key: an address or an account. */
class Bound {
  readonly #maxBytes: number;
  readonly #held = new Map<string, number>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  admits(key: string, bytes: number): boolean {
    return (this.#held.get(key) ?? 0) + bytes <= this.#maxBytes;
  }

  add(key: string, bytes: number): void {
    const held = (this.#held.get(key) ?? 0) + bytes;
    if (held > 0) this.#held.set(key, held);
    else this.#held.delete(key);
  }
}

interface Share {
  bound: Bound;
  key: string;
}

/** One request: its bytes in memory, and whose they are. */
interface Arrival {
  address: string;
  bytes: number;
  /** Of those, the bytes that its body has announced and that have not come. */
  awaited: number;
  shares: Share[];
  chunks: TinyChunks;
  /** Hands a chunk to the request, as it did before it was counted. */
  push: IncomingMessage['push'];
  answer: ServerResponse;
  isRefused: boolean;
  isStream: boolean;
  tellRefusal?: TellRefusal | undefined;
}

/** Told of a refusal that no handler sees, because it comes while the body arrives. */
type TellRefusal = (refusal: Refusal) => void;

interface Refusal {
  status: number;
  code: string;
  message: string;
  details: [];
}

const TOO_MANY: Refusal = {
  status: 429,
  code: 'too_many_bytes',
  message: 'Too many bytes of yours are arriving at once. Send them one after the other.',
  details: [],
};

const IN_TINY_CHUNKS: Refusal = {
  status: 400,
  code: 'tiny_chunks',
  message: 'The body comes in too many chunks of a few bytes. Send it in larger ones.',
  details: [],
};

/** A property costs the garbage collector nothing, which visits every entry of a WeakMap each time. */
const ARRIVAL = Symbol('arrival');
type Counted = IncomingMessage & { [ARRIVAL]?: Arrival };

/**
 * Bounds the bytes of bodies and answers that a process holds, by address, by account and in all, from their arrival
 * until their answer is sent. A request that would exceed a bound is answered 429. In memory alone, so each process
 * has bounds of its own.
 */
export class ArrivalBudget {
  readonly #all: Share = { bound: new Bound(MAX_BYTES.all), key: '' };
  readonly #address = new Bound(MAX_BYTES.address);
  readonly #account = new Bound(MAX_BYTES.account);
  readonly #keyless: Share = { bound: new Bound(MAX_KEYLESS_BYTES.all), key: '' };
  readonly #keylessAddress = new Bound(MAX_KEYLESS_BYTES.address);
  /** Of those whose key is being looked up, because others at their address have announced all that these may. */
  readonly #unprovenAddress = new Bound(MAX_KEYLESS_BYTES.address);

  /** Counts a request's body. To be called as soon as it comes, because bodies arrive while others are waited for. */
  count(req: IncomingMessage, res: ServerResponse, address: string): void {
    const arrival: Arrival = {
      address,
      bytes: 0,
      awaited: 0,
      chunks: new TinyChunks(),
      shares: [
        ...(saysItHasKey(req)
          ? [{ bound: this.#unprovenAddress, key: address }]
          : [this.#keyless, { bound: this.#keylessAddress, key: address }]),
        this.#all,
      ],
      push: req.push,
      answer: res,
      isRefused: false,
      isStream: false,
    };
    (req as Counted)[ARRIVAL] = arrival;
    req.push = pushCounted;
    res.once('close', () => {
      add(arrival, -arrival.bytes);
    });
  }

  /** Counts a request as one of the account, which authenticated it. `tellRefusal`: called if it is refused. */
  chargeTo(req: IncomingMessage, accountId: string, tellRefusal?: TellRefusal): void {
    const arrival = (req as Counted)[ARRIVAL];
    if (arrival === undefined) return;
    arrival.tellRefusal = tellRefusal;
    const { address, bytes } = arrival;
    add(arrival, -bytes);
    arrival.shares = [
      { bound: this.#account, key: accountId },
      { bound: this.#address, key: address },
      this.#all,
    ];
    add(arrival, bytes);
  }

  /** Whether an answer of so many bytes may be held until the client has read it. */
  admitsAnswer(req: IncomingMessage, bytes: number): boolean {
    const arrival = (req as Counted)[ARRIVAL];
    return bytes <= SMALL_ANSWER_BYTES || arrival === undefined || take(arrival, bytes);
  }
}

/**
 * Whether a key is to be looked up for it. A small body arrives with its head, before that is done, and must not be
 * kept out by those that have none; one with a wrong key is refused soon.
 */
const saysItHasKey = ({ url = '', headers }: IncomingMessage): boolean =>
  headers.authorization !== undefined && url.startsWith('/api/v1/');

/**
 * In the place of a request's `push`, by which Node's parser hands it a chunk. One function for all requests:
 * with one each, and one `end` for each answer, V8 promoted 12.9 KB a message to the old generation, now 4.9 KB.
 */
function pushCounted(this: Counted, chunk: Buffer | null, encoding?: BufferEncoding): boolean {
  const arrival = this[ARRIVAL];
  if (arrival === undefined) throw new Error('the request is not counted');
  // Its end, too: what was read until then would pass for the whole body.
  if (arrival.isRefused) {
    if (chunk !== null) freeBytes(chunk);
    return true;
  }
  const refusal = chunk === null ? null : refusalOf(arrival, chunk.length);
  if (refusal === null) return arrival.push.call(this, chunk, encoding);
  arrival.isRefused = true;
  if (refusal === IN_TINY_CHUNKS) leaveUnread(this);
  if (!arrival.answer.headersSent) arrival.tellRefusal?.(refusal);
  refuse(this, arrival.answer, refusal);
  return true;
}

/** Counts a chunk. Why it is refused; null when it is not. */
function refusalOf(arrival: Arrival, bytes: number): Refusal | null {
  if (arrival.chunks.add(bytes)) return IN_TINY_CHUNKS;
  if (arrival.isStream) return null;
  if (arrival.awaited >= bytes) {
    arrival.awaited -= bytes;
    return null;
  }
  return take(arrival, Math.max(MIN_CHUNK_BYTES, bytes)) ? null : TOO_MANY;
}

function take(arrival: Arrival, bytes: number): boolean {
  // Its bytes have been given back, and nothing would give these back.
  if (arrival.answer.closed) return true;
  if (!arrival.shares.every(({ bound, key }) => bound.admits(key, bytes))) return false;
  add(arrival, bytes);
  return true;
}

function add(arrival: Arrival, bytes: number): void {
  if (bytes === 0) return;
  arrival.bytes += bytes;
  for (const { bound, key } of arrival.shares) bound.add(key, bytes);
}

/** Counts all bytes that a body is to have, before they come. Throws TooManyRequests when they exceed a bound. */
export function reserveBody(req: IncomingMessage, bytes: number): void {
  const arrival = (req as Counted)[ARRIVAL];
  if (arrival === undefined || arrival.isStream) return;
  const awaited = Math.max(0, bytes - arrival.bytes);
  if (!take(arrival, awaited))
    throw new TooManyRequests(TOO_MANY.message, {
      code: TOO_MANY.code,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  arrival.awaited = awaited;
}

/** Stops counting a request, because its body is read and forgotten as it arrives. */
export function isStreamed(req: IncomingMessage): void {
  const arrival = (req as Counted)[ARRIVAL];
  if (arrival !== undefined) arrival.isStream = true;
}

/** Gives back the bytes of a body that is held no more, while its request still waits for its answer. */
export function forgetBody(req: IncomingMessage): void {
  const arrival = (req as Counted)[ARRIVAL];
  if (arrival === undefined) return;
  add(arrival, -arrival.bytes);
  arrival.awaited = 0;
}

/** Whether {@link isStreamed} was called. */
export const isTakenAsStream = (req: IncomingMessage): boolean =>
  (req as Counted)[ARRIVAL]?.isStream === true;

/** Ends the connection after the answer, because whoever reads the body waits for its rest. */
function refuse(req: IncomingMessage, res: ServerResponse, { status, code, message }: Refusal): void {
  if (!res.headersSent) {
    const text = JSON.stringify({ error: message, message, code });
    res
      .writeHead(status, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(text),
        ...(status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
        connection: 'close',
      })
      .end(text, () => req.destroy());
    return;
  }
  req.destroy();
}
