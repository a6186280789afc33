import type { IncomingMessage } from 'node:http';
import { TooLarge } from '#src/infra/lib/errors.ts';

/** The body as it was sent, still compressed if it was. Throws TooLarge, but reads on, so that the answer arrives. */
export async function readBody(req: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
    // A sender that never stops is cut off; an ordinary one gets to read why.
    if (bytes > mostBytes * READ_ON) break;
  }
  if (bytes > mostBytes)
    throw new TooLarge(`A Hook Helper keeps bodies of up to ${String(mostBytes / 1024)} KB.`);
  return Buffer.concat(chunks);
}

const READ_ON = 8;
