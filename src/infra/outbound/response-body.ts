const EXCERPT_BYTES = 16 * 1024;
const MAX_BYTES = 1024 * 1024;

/**
 * Keeps the first 16 KB of an answer for the log. The rest is read and dropped, so that the connection can be reused.
 */
export class ResponseBody {
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;

  /**
   * Adds a chunk. Answers false when the body exceeds 1 MB, so that a receiver cannot occupy us with an endless answer.
   */
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
    const bytes = Buffer.concat(this.#kept);
    // `stream` omits a character that the cut went through, instead of decoding it to U+FFFD.
    const isCut = this.#bytes > this.#keptBytes;
    const text = isCut ? new TextDecoder('utf-8').decode(bytes, { stream: true }) : bytes.toString('utf8');
    return text.replaceAll('\u0000', '\ufffd');
  }
}
