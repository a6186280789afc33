import type { IncomingMessage } from 'node:http';
import { TooLarge } from '#src/infra/lib/errors.ts';

/** The raw body, not decompressed. Throws TooLarge as soon as it is known to be so. */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A destroyed request would take the connection with it, and the response.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (maxBytes: number) =>
  new TooLarge(`A Hook Helper keeps bodies of up to ${String(maxBytes / 1024)} KB.`);
