import type { IncomingMessage } from 'node:http';
import { TooLarge } from '#src/infra/lib/errors.ts';

/** The body as it was sent, still compressed if it was. Throws TooLarge, but reads on, so that the answer arrives. */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    // A sender that never stops is cut off; an ordinary one gets to read why.
    if (bytes > maxBytes * READ_ON) break;
  }
  if (bytes > maxBytes)
    throw new TooLarge(`A Hook Helper keeps bodies of up to ${String(maxBytes / 1024)} KB.`);
  return Buffer.concat(chunks);
}

const READ_ON = 8;
