import type { Socket } from 'node:net';
import type { OpeningTimings } from './guarded-connector.ts';
import { endOfHead, readHead } from './response-head.ts';
import type { ResponseHead } from './response-head.ts';

const MAX_HEAD_BYTES = 16 * 1024;
/** Informational heads before the answer: a receiver must not occupy us with an endless number (Go takes five). */
const MAX_INFORMATIONAL = 10;
/** Longer heads are read anew each time, because a connection keeps the last one. */
const MAX_KEPT_HEAD_BYTES = 1024;
const TOO_MANY = 'did not get to its answer: it sent more than 10 informational ones';

/** What a connection tells the request that uses it. */
export interface ConnectionUser {
  begin(connection: Connection): void;
  /** The head of the final answer, before undici's parser reads it. */
  receive(head: ResponseHead): void;
  /** The head is longer than {@link MAX_HEAD_BYTES}: this much of it came, and no more is read. */
  receiveUnended(head: ResponseHead): void;
  /** The head has a `problem`: there is no answer to be had. */
  refuse(head: ResponseHead): void;
}

interface ConnectionOptions {
  /** How long it took to open. */
  timings: OpeningTimings;
  /** The request that undici is writing just now, if any; called once for each. */
  takeStarting(): ConnectionUser | undefined;
  maxAgeMs: number;
}

/**
 * One connection, between its socket and undici. It reads the heads of answers first: leaves out informational ones
 * (RFC 9110, section 15.2), and mends what undici's parser would refuse. A head that needs no mending passes without a
 * copy. It also knows what undici does not tell: how old the connection is, whether a request is its first, and whether
 * a byte of an answer came.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #push: Socket['push'];
  readonly #openedAtMs = performance.now();
  #user: ConnectionUser | undefined;
  #isReadingHead = false;
  #head: Buffer | undefined;
  #lastHead: { bytes: Buffer; head: ResponseHead } | undefined;
  #requests = 0;
  #informational = 0;
  #hasAnswered = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    // The socket pushes what arrived, whether plain or TLS, and undici writes a request's headers before its body.
    this.#push = socket.push.bind(socket);
    socket.push = (chunk: Buffer | null) => this.#arrived(chunk);
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      this.#writing();
      return write(...args);
    };
  }

  /** How long it took to open, for the first request on it; undefined for the others. */
  get openingTimings(): OpeningTimings | undefined {
    return this.#requests === 1 ? this.#options.timings : undefined;
  }

  /** Whether the receiver may have closed the connection before it saw the request that is under way. */
  get wasLostUnanswered(): boolean {
    return this.#requests > 1 && !this.#hasAnswered;
  }

  /** Closes the connection unless it is fit for another request: the answer was good, and it is not old. */
  answered({ isGood }: { isGood: boolean }): void {
    // An idle connection would keep its last request in memory, with the body.
    this.#user = undefined;
    const ageMs = performance.now() - this.#openedAtMs;
    if (!isGood || ageMs > this.#options.maxAgeMs) this.#socket.destroy();
  }

  #writing(): void {
    const user = this.#options.takeStarting();
    if (user === undefined) return;
    this.#user = user;
    this.#requests += 1;
    this.#hasAnswered = false;
    this.#isReadingHead = true;
    this.#informational = 0;
    user.begin(this);
  }

  #arrived(chunk: Buffer | null): boolean {
    this.#hasAnswered ||= chunk !== null;
    if (!this.#isReadingHead) return this.#push(chunk);
    if (chunk === null) {
      this.#pass(this.#head);
      return this.#push(null);
    }
    const seen = this.#head?.length ?? 0;
    return this.#readHead(this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]), seen);
  }

  /** `seen`: how many of the bytes were looked through before; an end that began in them has its last two there. */
  #readHead(bytes: Buffer, seen: number): boolean {
    let from = Math.max(0, seen - 2);
    for (let unread = fromFirstLine(bytes); unread.length > 0;) {
      const end = endOfHead(unread, from);
      if (end === -1 && unread.length <= MAX_HEAD_BYTES && mayBeHttp(unread)) {
        this.#head = unread;
        return true;
      }
      const head = end === -1 ? readHead(unread.subarray(0, lastLineOf(unread))) : this.#read(unread, end);
      // undici's parser says what is wrong with it.
      if (head === undefined) return this.#pass(unread);
      if (end === -1 || end > MAX_HEAD_BYTES) {
        this.#user?.receiveUnended(head);
        return false;
      }
      this.#informational += 1;
      const problem = this.#informational > MAX_INFORMATIONAL ? TOO_MANY : head.problem;
      if (problem !== undefined) {
        this.#user?.refuse({ ...head, problem });
        return false;
      }
      const rest = unread.subarray(end);
      if (head.statusCode >= 200) return this.#finishHead(head, { bytes: unread, rest });
      unread = fromFirstLine(rest);
      from = 0;
    }
    this.#head = undefined;
    return true;
  }

  /** Answers of a receiver within a second have the same head: reading it costs more than comparing it. */
  #read(bytes: Buffer, end: number): ResponseHead | undefined {
    const last = this.#lastHead;
    if (last?.bytes.length === end && bytes.compare(last.bytes, 0, end, 0, end) === 0) return last.head;
    const own = bytes.subarray(0, end);
    const head = readHead(own);
    // A copy, because the bytes are a part of what the socket read.
    if (head !== undefined && end <= MAX_KEPT_HEAD_BYTES) this.#lastHead = { bytes: Buffer.from(own), head };
    return head;
  }

  #finishHead(head: ResponseHead, { bytes, rest }: { bytes: Buffer; rest: Buffer }): boolean {
    this.#user?.receive(head);
    if (head.mended === undefined) return this.#pass(bytes);
    return this.#pass(Buffer.concat([Buffer.from(head.mended, 'latin1'), rest]));
  }

  #pass(bytes: Buffer | undefined): boolean {
    this.#isReadingHead = false;
    this.#head = undefined;
    return bytes === undefined || this.#push(bytes);
  }
}

/** Without what is before the status line: some servers send an empty line (RFC 9112, section 2.2). */
function fromFirstLine(bytes: Buffer): Buffer {
  let at = 0;
  while (bytes[at] === 13 || bytes[at] === 10) at += 1;
  return bytes.subarray(at);
}

/** Where the last line begins, of which some is missing. */
function lastLineOf(bytes: Buffer): number {
  return bytes.lastIndexOf('\n') + 1 || bytes.length;
}

const PROTOCOL = Buffer.from('HTTP/');

function mayBeHttp(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, PROTOCOL.length);
  return bytes.compare(PROTOCOL, 0, length, 0, length) === 0;
}
