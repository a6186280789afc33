import type { IncomingMessage } from 'node:http';
import { TooLarge } from '#src/infra/lib/errors.ts';

/** The raw body, not decompressed. Throws TooLarge, but only after reading on, so that the client gets the response. */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    // Bounded, because a client may never stop sending.
    if (bytes > maxBytes * READ_ON) break;
  }
  if (bytes > maxBytes)
    throw new TooLarge(`A Hook Helper keeps bodies of up to ${String(maxBytes / 1024)} KB.`);
  return Buffer.concat(chunks);
}

/** Multiple of `maxBytes` up to which an oversized body is read and discarded. */
const READ_ON = 8;
