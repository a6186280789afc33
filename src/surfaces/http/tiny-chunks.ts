import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** So many chunks a body may have, whatever their size. */
const FREE_CHUNKS = 2000;
const MIN_AVERAGE_BYTES = 16;

/**
 * The chunks of a body. Each costs a microsecond or two, whatever its size, and a packet holds ten thousand of one
 * byte, which nobody sends who has something to say.
 */
export class TinyChunks {
  #chunks = 0;
  #bytes = 0;

  /** Counts a chunk. Whether the body is broken into too small ones. */
  add(bytes: number): boolean {
    this.#chunks += 1;
    this.#bytes += bytes;
    return this.#chunks > FREE_CHUNKS && this.#bytes < this.#chunks * MIN_AVERAGE_BYTES;
  }
}

/** Where Node's parser has the function that it calls for each chunk: `HTTPParser.kOnBody`. */
const ON_BODY = 3;

const leftUnread = new WeakSet<Socket>();

/**
 * Reads no more of a connection that is about to be closed. Node's parser would hand on all chunks of the packet that
 * it reads, also when the connection is destroyed: ten thousand of a byte take 12 ms. It serves another connection
 * afterwards, so it gets its function back. This is no public part of Node: where the function is not in its place,
 * the chunks take their time, and nothing else happens.
 */
export function leaveUnread(req: IncomingMessage): void {
  const { socket } = req;
  leftUnread.add(socket);
  socket.pause();
  // Who still reads the request would have the socket resumed.
  req._read = () => undefined;
  const { parser } = socket as Socket & { parser?: Record<number, unknown> | null };
  const onBody = parser?.[ON_BODY];
  if (!parser || typeof onBody !== 'function') return;
  parser[ON_BODY] = undefined;
  // Before Node's own listener, which gives the parser back.
  socket.prependOnceListener('close', () => {
    parser[ON_BODY] = onBody;
  });
}

/** Whether {@link leaveUnread} was called. */
export const isLeftUnread = ({ socket }: IncomingMessage): boolean => leftUnread.has(socket);
