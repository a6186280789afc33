import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';

/** Browsers and our clients send one. */
const MAX_UNANSWERED = FIXED_LIMITS.unansweredRequests.max;

const UNANSWERED = Symbol('requests of a connection that are not answered');
type Counted = Socket & { [UNANSWERED]?: number };

/**
 * Whether a request is to be handled. Node reads pipelined requests without end, and 100,000 of 100 bytes fill our
 * memory while they wait. The connection of one too many is closed: its client sends again what was not answered (RFC
 * 9112, section 9.3.2).
 */
export function admitsPipelined({ socket }: IncomingMessage, res: ServerResponse): boolean {
  const counted = socket as Counted;
  const unanswered = (counted[UNANSWERED] ?? 0) + 1;
  if (unanswered > MAX_UNANSWERED) {
    socket.destroy();
    return false;
  }
  counted[UNANSWERED] = unanswered;
  res.once('close', () => {
    counted[UNANSWERED] = (counted[UNANSWERED] ?? 1) - 1;
  });
  return true;
}
