import type { IncomingMessage } from 'node:http';
import { freeBytes } from '#src/infra/lib/free-bytes.ts';
import { reserveBody } from './arrival-budget.ts';

interface Reading {
  maxBytes: number;
  /** The error of a body with more bytes. */
  tooLarge: () => Error;
  /** The error of a body whose connection ended before it did. */
  cutOff: () => Error;
}

/** What arrives with the head, or in a chunk or two, is counted as it comes. */
const SMALL_BYTES = 64 * 1024;

/**
 * Reads a body, not decompressed, into one piece of memory. A larger one is refused by what its head says, before it
 * comes: beyond `maxBytes`, and with TooManyRequests where the bytes under way leave no room for it.
 * By events, because `for await` destroys the connection before the client could read the answer.
 */
export function readBody(req: IncomingMessage, { maxBytes, tooLarge, cutOff }: Reading): Promise<Buffer> {
  const announced = Number(req.headers['content-length'] ?? 0);
  return new Promise((resolve, reject) => {
    if (announced > maxBytes) throw tooLarge();
    // It tells nothing more, neither of an end nor of an error.
    if (req.destroyed) throw cutOff();
    if (announced > SMALL_BYTES) reserveBody(req, announced);
    const body = new GatheredBody(announced);
    req.on('data', (chunk: Buffer) => {
      if (body.length + chunk.length > maxBytes) reject(tooLarge());
      else body.add(chunk);
    });
    req.once('end', () => {
      resolve(body.bytes);
    });
    req.once('error', () => {
      reject(cutOff());
    });
  });
}

/**
 * The bytes of a body. Chunks are freed once they are copied, because V8 lets 64 MB of them pile up as garbage, and
 * glibc keeps the room of small pieces: in `npm run attack` it had 100 MB of free room after the large bodies.
 */
class GatheredBody {
  readonly #announced: number;
  #room: Buffer = Buffer.alloc(0);
  length = 0;

  /** @param announced how many bytes are to come; 0 when that is unknown */
  constructor(announced: number) {
    this.#announced = announced;
  }

  add(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0) {
      this.#room = chunk;
    } else {
      if (length > this.#room.length) this.#enlarge(length);
      chunk.copy(this.#room, this.length);
      freeBytes(chunk);
    }
    this.length = length;
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.length);
  }

  #enlarge(atLeast: number): void {
    const old = this.#room;
    // Not of Node's pool, whose memory is never given back alone.
    this.#room = Buffer.allocUnsafeSlow(Math.max(this.#announced, atLeast, 2 * old.length));
    old.copy(this.#room, 0, 0, this.length);
    freeBytes(old);
  }
}
