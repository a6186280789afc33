import { FairQueue } from './fair-queue.ts';

/**
 * Runs at most `permits` pieces of work at a time. The others wait; the keys that wait get the next permit in round
 * robin, so that one key's many do not delay another's few.
 */
export function createSemaphore(permits: number): <T>(work: () => Promise<T>, key?: string) => Promise<T> {
  let freePermits = permits;
  const waiters = new FairQueue<() => void>();

  return async (work, key = '') => {
    if (freePermits > 0) freePermits -= 1;
    else {
      await new Promise<void>((resolve) => {
        waiters.push(key, resolve);
      });
    }
    try {
      return await work();
    } finally {
      const [next] = waiters.shift(1);
      if (next === undefined) freePermits += 1;
      else next();
    }
  };
}
