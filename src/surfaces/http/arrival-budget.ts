import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';

const MEGABYTE = 1024 * 1024;
/** A chunk occupies at least so much, however few bytes it has. */
const MIN_CHUNK_BYTES = 512;
/** An answer of at most so many bytes is not counted, because a socket's buffers take it. */
const SMALL_ANSWER_BYTES = 256 * 1024;
const RETRY_AFTER_SECONDS = 2;

/** Bytes of requests and answers that are in memory: of all together, of one address, of one account. */
const MAX_BYTES = { all: 96 * MEGABYTE, address: 48 * MEGABYTE, account: 32 * MEGABYTE };
/** Of those without a key: Hook Helpers and forms. They leave the rest to those who have one. */
const MAX_KEYLESS_BYTES = { all: 32 * MEGABYTE, address: 16 * MEGABYTE };

interface Share {
  key: string;
  maxBytes: number;
}

/** One request: its bytes in memory, and whose they are. */
interface Arrival {
  bytes: number;
  shares: Share[];
  isRefused: boolean;
  isStream: boolean;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();

/**
 * Bounds the bytes of bodies and answers that a process holds, by address, by account and in all, from their arrival
 * until their answer is sent. A request that would exceed a bound is answered 429. In memory alone, so each process
 * has bounds of its own.
 */
export class ArrivalBudget {
  readonly #held = new Map<string, number>();

  /** Counts the bodies of all requests. To be mounted first, because bodies arrive while others are waited for. */
  count(): RequestHandler {
    return (req, res, next) => {
      const address = req.ip ?? '';
      const arrival: Arrival = {
        bytes: 0,
        shares: [
          { key: 'keyless', maxBytes: MAX_KEYLESS_BYTES.all },
          { key: `keyless ${address}`, maxBytes: MAX_KEYLESS_BYTES.address },
          { key: 'all', maxBytes: MAX_BYTES.all },
        ],
        isRefused: false,
        isStream: false,
      };
      arrivals.set(req, arrival);
      this.#countChunks(req, res, arrival);
      res.once('close', () => {
        this.#add(arrival, -arrival.bytes);
      });
      next();
    };
  }

  /** Counts a request as one of the account, which authenticated it. */
  chargeTo(req: IncomingMessage & { ip?: string | undefined }, accountId: string): void {
    const arrival = arrivals.get(req);
    if (arrival === undefined) return;
    const { bytes } = arrival;
    this.#add(arrival, -bytes);
    arrival.shares = [
      { key: accountId, maxBytes: MAX_BYTES.account },
      { key: `keyed ${req.ip ?? ''}`, maxBytes: MAX_BYTES.address },
      { key: 'all', maxBytes: MAX_BYTES.all },
    ];
    this.#add(arrival, bytes);
  }

  /** Whether an answer of so many bytes may be held until the client has read it. */
  admitsAnswer(req: IncomingMessage, bytes: number): boolean {
    const arrival = arrivals.get(req);
    return bytes <= SMALL_ANSWER_BYTES || arrival === undefined || this.#take(arrival, bytes);
  }

  /** Wraps `push`, by which Node's parser hands a chunk to the request. */
  #countChunks(req: IncomingMessage, res: ServerResponse, arrival: Arrival): void {
    const push = req.push.bind(req);
    req.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      if (chunk === null || arrival.isStream) return push(chunk, encoding);
      if (arrival.isRefused) return true;
      if (this.#take(arrival, Math.max(MIN_CHUNK_BYTES, chunk.length))) return push(chunk, encoding);
      arrival.isRefused = true;
      refuse(req, res);
      return true;
    };
  }

  #take(arrival: Arrival, bytes: number): boolean {
    const isOver = ({ key, maxBytes }: Share) => (this.#held.get(key) ?? 0) + bytes > maxBytes;
    if (arrival.shares.some(isOver)) return false;
    this.#add(arrival, bytes);
    return true;
  }

  #add(arrival: Arrival, bytes: number): void {
    if (bytes === 0) return;
    arrival.bytes += bytes;
    for (const { key } of arrival.shares) {
      const held = (this.#held.get(key) ?? 0) + bytes;
      if (held > 0) this.#held.set(key, held);
      else this.#held.delete(key);
    }
  }
}

/** Stops counting a request, because its body is read and forgotten as it arrives. */
export function isStreamed(req: IncomingMessage): void {
  const arrival = arrivals.get(req);
  if (arrival !== undefined) arrival.isStream = true;
}

/** Ends the connection with the answer: what still arrives is not read. */
function refuse(req: IncomingMessage, res: ServerResponse): void {
  if (!res.headersSent) {
    const message = 'Too many bytes of yours are arriving at once. Send them one after the other.';
    res
      .writeHead(429, {
        'content-type': 'application/json; charset=utf-8',
        'retry-after': String(RETRY_AFTER_SECONDS),
        connection: 'close',
      })
      .end(JSON.stringify({ error: message, message, code: 'too_many_bytes' }), () => req.destroy());
    return;
  }
  req.destroy();
}
