import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { Fifo } from '#src/infra/lib/fifo.ts';

/** Browsers and our clients send one. */
const MAX_UNANSWERED = FIXED_LIMITS.unansweredRequests.max;

/** The requests of a connection without an answer: one is being handled, the others wait. */
interface Unanswered {
  count: number;
  waiting: Fifo<() => void>;
}

const UNANSWERED = Symbol('requests of a connection that are not answered');
type Counted = Socket & { [UNANSWERED]?: Unanswered };

/**
 * Handles a connection's requests one after the other, each once the one before it is answered. Node hands out
 * pipelined requests without end, and 100,000 of 100 bytes fill our memory while they wait. The connection of one too
 * many is closed: its client sends again what was not answered (RFC 9112, section 9.3.2).
 */
export function oneByOne(handle: RequestListener): RequestListener {
  return (req: IncomingMessage, res: ServerResponse) => {
    const socket = req.socket as Counted;
    const unanswered = socket[UNANSWERED] ?? { count: 0, waiting: new Fifo() };
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
    if (unanswered.count === 1) handle(req, res);
    else unanswered.waiting.push(() => handle(req, res));
  };
}
