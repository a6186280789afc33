import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';

const EXCERPT_BYTES = 16 * 1024;
const MAX_BYTES = 1024 * 1024;

/**
 * Keeps the first 16 KB of an answer for the log. The rest is read and dropped, so that the connection can be reused.
 */
export class ResponseBody {
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;

  /** Adds a chunk. Answers false when the body exceeds 1 MB. */
  take(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#keptBytes < EXCERPT_BYTES) {
      const part = chunk.subarray(0, EXCERPT_BYTES - this.#keptBytes);
      this.#kept.push(part);
      this.#keptBytes += part.length;
    }
    return this.#bytes <= MAX_BYTES;
  }

  /** The kept bytes as text that PostgreSQL can store: invalid UTF-8 and the NUL character become U+FFFD. */
  excerpt(): string {
    if (this.#bytes === 0) return '';
    return asText(Buffer.concat(this.#kept), { isCut: this.#bytes > this.#keptBytes });
  }

  /**
   * {@link excerpt} of what the kept bytes hold by their Content-Encoding; as they are when they are not that. Never
   * rejects.
   */
  async decodedExcerpt(encoding: string): Promise<string> {
    const decoder = DECODERS.get(encoding.trim().toLowerCase())?.();
    if (decoder === undefined || this.#bytes === 0) return this.excerpt();
    decoder.end(Buffer.concat(this.#kept));
    const decoded = await firstBytes(decoder);
    return decoded.length === 0
      ? this.excerpt()
      : asText(decoded, { isCut: decoded.length >= EXCERPT_BYTES });
  }
}

const gunzip = () => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });

/** By RFC 9110, section 8.4.1. They decode what there is of a stream that was cut. */
const DECODERS = new Map<string, () => NodeJS.ReadWriteStream & AsyncIterable<Buffer | string>>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', () => createInflate({ finishFlush: constants.Z_SYNC_FLUSH })],
  ['br', () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH })],
  ['zstd', () => createZstdDecompress({ finishFlush: constants.ZSTD_e_flush })],
]);

/** Reads no more than it needs, so that a few bytes that decode to gigabytes cost no more than others. */
async function firstBytes(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes >= EXCERPT_BYTES) break;
    }
  } catch {
    // What came before the damage is shown.
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES);
}

function asText(bytes: Buffer, { isCut }: { isCut: boolean }): string {
  // `stream` omits a character that the cut went through, instead of decoding it to U+FFFD.
  const text = isCut ? new TextDecoder('utf-8').decode(bytes, { stream: true }) : bytes.toString('utf8');
  return text.replaceAll('\u0000', '\ufffd');
}
