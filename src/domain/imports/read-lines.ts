import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { TooLarge } from '#src/infra/lib/errors.ts';

/** Fits a payload of 1 MB with every character escaped, and the rest of its line. */
const MAX_BYTES = FIXED_LIMITS.importLineBytes.max;
const NEWLINE = 0x0a;

/** The lines of a stream. Memory holds one line and the chunk that ended it. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8');
      parts = [];
      bytes = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > MAX_BYTES) throw new TooLarge('A line of the file is longer than 8 MB.');
  }
  const rest = Buffer.concat(parts).toString('utf8');
  if (rest !== '') yield rest;
}
