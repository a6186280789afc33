import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { Fifo } from '#src/infra/lib/fifo.ts';
import { leaveUnread } from './tiny-chunks.ts';

/** Browsers and our clients send one. */
const MAX_UNANSWERED = FIXED_LIMITS.unansweredRequests.max;

/** Of the bodies that wait on a connection: nothing else bounds them before their requests are handled. */
const MAX_WAITING_BYTES = FIXED_LIMITS.waitingBodyBytes.max;
/** A chunk occupies at least so much, however few bytes it has. */
const MIN_CHUNK_BYTES = 512;

/** The requests of a connection without an answer: one is being handled, the others wait. */
interface Unanswered {
  count: number;
  /** Of bodies that wait. */
  bytes: number;
  waiting: Fifo<() => void>;
}

const UNANSWERED = Symbol('requests of a connection that are not answered');
type Counted = Socket & { [UNANSWERED]?: Unanswered };

/**
 * Handles a connection's requests one after the other, each once the one before it is answered. Node hands out
 * pipelined requests without end, and 100,000 of 100 bytes fill our memory while they wait. The connection of one too
 * many, or with too much of bodies, is closed: its client sends again what was not answered (RFC 9112, section 9.3.2).
 */
export function oneByOne(handle: RequestListener): RequestListener {
  return (req: IncomingMessage, res: ServerResponse) => {
    const socket = req.socket as Counted;
    const unanswered = socket[UNANSWERED] ?? { count: 0, bytes: 0, waiting: new Fifo() };
    socket[UNANSWERED] = unanswered;
    if (unanswered.count === MAX_UNANSWERED) {
      socket.destroy();
      return;
    }
    unanswered.count += 1;
    res.once('close', () => {
      unanswered.count -= 1;
      if (!socket.destroyed) unanswered.waiting.shift()?.();
    });
    if (unanswered.count === 1) {
      handle(req, res);
      return;
    }
    const release = boundBody(req, unanswered);
    unanswered.waiting.push(() => {
      release();
      handle(req, res);
    });
  };
}

/** Bounds what comes of a request's body while it waits: until the function that is returned is called. */
function boundBody(req: IncomingMessage, unanswered: Unanswered): () => void {
  const { push } = req;
  let bytes = 0;
  req.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    const more = chunk === null ? 0 : Math.max(MIN_CHUNK_BYTES, chunk.length);
    bytes += more;
    unanswered.bytes += more;
    if (unanswered.bytes <= MAX_WAITING_BYTES) return push.call(req, chunk, encoding);
    leaveUnread(req);
    req.socket.destroy();
    return false;
  };
  return () => {
    req.push = push;
    unanswered.bytes -= bytes;
  };
}
