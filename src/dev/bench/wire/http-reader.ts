const END_OF_HEAD = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/** What is read of a message: its head as text, and the body's bytes. */
export type OnMessage = (head: string, body: Buffer) => void;

/**
 * Cuts one direction of an HTTP/1.1 connection into messages by `Content-Length`, which is all that the benchmark's own
 * peers need: a full parser on both sides would take CPU from what is measured.
 */
export class HttpReader {
  readonly #onMessage: OnMessage;
  #rest: Buffer = Buffer.alloc(0);
  /** Nothing more can be cut off before this many bytes are there. */
  #needed = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  read(chunk: Buffer): void {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (rest.length > 0 && rest.length >= this.#needed) {
      const length = this.#cut(rest);
      if (length === 0) break;
      rest = rest.subarray(length);
    }
    this.#rest = rest;
  }

  /** Passes the first message of `bytes` to the handler and answers its length; 0 when it is incomplete. */
  #cut(bytes: Buffer): number {
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
