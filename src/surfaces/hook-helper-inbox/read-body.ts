import type { IncomingMessage } from 'node:http';
import { TooLarge } from '#src/infra/lib/errors.ts';
import { isStreamed } from '#src/surfaces/http/arrival-budget.ts';

/** An oversized body is read on up to this and discarded; only a client that never stops is cut off before it. */
const MAX_DISCARDED_BYTES = 256 * 1024 * 1024;

/**
 * The raw body, not decompressed. Throws TooLarge, but only once the client has sent all, because many read the
 * response no sooner; `limitArrival` bounds how long that takes. A client that asks first (`Expect`) is told at once.
 */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { expect, 'content-length': announcedBytes = '0' } = req.headers;
  if (expect !== undefined && Number(announcedBytes) > maxBytes) throw tooLarge(maxBytes);
  let chunks: Buffer[] = [];
  let bytes = 0;
  // A destroyed request would take the connection with it, and the response.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) {
      chunks.push(chunk);
    } else {
      chunks = [];
      // What is discarded occupies no memory, so no bound of it may cut the connection.
      isStreamed(req);
    }
    if (bytes > MAX_DISCARDED_BYTES) break;
  }
  if (bytes > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks);
}

const tooLarge = (maxBytes: number) =>
  new TooLarge(`A Hook Helper keeps bodies of up to ${String(maxBytes / 1024)} KB.`);
