const EXCERPT_BYTES = 16 * 1024;
const MAX_BYTES = 1024 * 1024;

/** Keeps the beginning of an answer for the log. The rest is read, so that the connection can be used again. */
export class ResponseBody {
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;

  /** False when that was more than we read of any answer (1 MB): a receiver cannot occupy us by talking. */
  take(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#keptBytes < EXCERPT_BYTES) {
      const part = chunk.subarray(0, EXCERPT_BYTES - this.#keptBytes);
      this.#kept.push(part);
      this.#keptBytes += part.length;
    }
    return this.#bytes <= MAX_BYTES;
  }

  /** As text that PostgreSQL stores: invalid UTF-8 and the NUL character become U+FFFD. */
  excerpt(): string {
    if (this.#bytes === 0) return '';
    const bytes = Buffer.concat(this.#kept);
    // `stream` leaves out a character that the cut went through, instead of showing it as damage.
    const isCut = this.#bytes > this.#keptBytes;
    const text = isCut ? new TextDecoder('utf-8').decode(bytes, { stream: true }) : bytes.toString('utf8');
    return text.replaceAll('\u0000', '\ufffd');
  }
}
