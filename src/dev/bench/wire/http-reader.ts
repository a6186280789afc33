const END_OF_HEAD = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/** `head`: start line and headers, without the empty line. */
export type OnMessage = (head: string, body: Buffer) => void;

/**
 * Splits one direction of an HTTP/1.1 connection into messages by `Content-Length`. The benchmark's peers need no more,
 * and a full parser on both sides would take CPU from what is measured.
 */
export class HttpReader {
  readonly #onMessage: OnMessage;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes that the next message needs at least. */
  #needed = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  read(chunk: Buffer): void {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (rest.length > 0 && rest.length >= this.#needed) {
      const length = this.#readMessage(rest);
      if (length === 0) break;
      rest = rest.subarray(length);
    }
    this.#rest = rest;
  }

  /** Passes the first message of `bytes` to the handler and returns its length; 0 when the message is incomplete. */
  #readMessage(bytes: Buffer): number {
    const headLength = bytes.indexOf(END_OF_HEAD);
    if (headLength === -1) return 0;
    const head = bytes.toString('latin1', 0, headLength);
    const bodyStart = headLength + END_OF_HEAD.length;
    const end = bodyStart + Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
    this.#needed = bytes.length < end ? end : 0;
    if (bytes.length < end) return 0;
    this.#onMessage(head, bytes.subarray(bodyStart, end));
    return end;
  }
}
