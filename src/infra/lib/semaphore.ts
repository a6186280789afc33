import { Permits } from './permits.ts';

/** Runs at most `count` pieces of work at a time, at once while fewer run. Others wait as {@link Permits} says. */
export function createSemaphore(count: number): <T>(work: () => Promise<T>, key?: string) => Promise<T> {
  const permits = new Permits(count);

  return async (work, key = '') => {
    if (!permits.tryTake()) await permits.take(key);
    try {
      return await work();
    } finally {
      permits.release();
    }
  };
}
