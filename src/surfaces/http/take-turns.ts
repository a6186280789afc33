import type { ServerResponse } from 'node:http';
import { FairQueue } from '#src/infra/lib/fair-queue.ts';
import { currentBeneficiary, onBehalfOf } from '#src/infra/lib/on-behalf.ts';

type Handler = (req: unknown, res: Pick<ServerResponse, 'closed'>, next: () => void) => void;

/**
 * Begins one request in each turn of the event loop, addresses in round robin. A page takes milliseconds to render, so
 * a thousand that are asked for at once would keep posts waiting for seconds. Skips those whose client has left.
 */
export function takeTurns(): Handler {
  const waiting = new FairQueue<() => void>();
  let isTicking = false;
  const tick = () => {
    const [begin] = waiting.shift(1);
    isTicking = begin !== undefined;
    if (begin === undefined) return;
    setImmediate(tick);
    begin();
  };
  return (_req, res, next) => {
    const address = currentBeneficiary();
    waiting.push(address, () => {
      if (!res.closed) onBehalfOf(address, next);
    });
    if (isTicking) return;
    isTicking = true;
    setImmediate(tick);
  };
}
