import type { IncomingMessage, ServerResponse } from 'node:http';
import { FairQueue } from '#src/infra/lib/fair-queue.ts';
import { currentBeneficiary, onBehalfOf } from '#src/infra/lib/on-behalf.ts';

type Head = Pick<IncomingMessage, 'headers'>;

interface Turns {
  /** Requests that begin in one turn of the event loop. */
  perTurn: number;
  /** The queue in which a request waits. */
  queueOf: (req: Head) => string;
}

type Handler = (req: Head, res: Pick<ServerResponse, 'closed' | 'headersSent'>, next: () => void) => void;

/**
 * Begins few requests in each turn of the event loop, and the others later, their queues in round robin: a thousand
 * that arrive at once would keep the requests of others waiting until each of them has begun. Skips those whose client
 * has left, or that were refused meanwhile.
 */
export function takeTurns({ perTurn, queueOf }: Turns): Handler {
  const waiting = new FairQueue<() => void>();
  let begun = 0;
  let isTicking = false;
  const tick = () => {
    const turn = waiting.shift(perTurn);
    begun = turn.length;
    isTicking = begun > 0;
    if (isTicking) setImmediate(tick);
    for (const begin of turn) begin();
  };
  return (req, res, next) => {
    if (!isTicking) {
      isTicking = true;
      setImmediate(tick);
    }
    if (begun < perTurn && waiting.size === 0) {
      begun += 1;
      next();
      return;
    }
    const beneficiary = currentBeneficiary();
    waiting.push(queueOf(req), () => {
      if (!res.closed && !res.headersSent) onBehalfOf(beneficiary, next);
    });
  };
}
