import { FairQueue } from './fair-queue.ts';

/**
 * Lets `places` pieces of work run at once; the others wait, in a line for each name that they are given: lines are served
 * in turn, so that nobody waits behind another's many.
 */
export function createSemaphore(permits: number): <T>(work: () => Promise<T>, key?: string) => Promise<T> {
  let free = permits;
  const waiting = new FairQueue<() => void>();

  return async (work, line = '') => {
    if (free > 0) free -= 1;
    else {
      await new Promise<void>((resolve) => {
        waiting.push(line, resolve);
      });
    }
    try {
      return await work();
    } finally {
      const [next] = waiting.take(1);
      if (next === undefined) free += 1;
      else next();
    }
  };
}
