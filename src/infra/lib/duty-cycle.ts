import { FairQueue } from './fair-queue.ts';

/** Shorter work needs no pause: the turn of the event loop after it is enough. */
const MIN_PAUSE_MS = 5;
const MAX_PAUSE_MS = 250;

/**
 * For pieces of work that occupy the event loop for milliseconds. They begin one after the other, keys in round robin,
 * as long as those of a turn of the loop took less than {@link MIN_PAUSE_MS}; then follows a pause of as long as they
 * took. So many of them leave half of the time to others, and short ones do not wait for each other. Each resolves
 * when its work may begin.
 *
 * @param options `isOneATurn`: one begins in a turn of the loop, for work that first waits for a promise or two: how
 *   long it takes is known after the turn
 */
export function createDutyCycle({ isOneATurn = false } = {}): (key: string) => Promise<void> {
  const waiting = new FairQueue<() => void>();
  let isBusy = false;
  const begin = () => {
    isBusy = waiting.size > 0;
    if (!isBusy) return;
    const startedAtMs = performance.now();
    const tookMs = () => performance.now() - startedAtMs;
    void beginSome(tookMs);
    setImmediate(() => {
      if (tookMs() < MIN_PAUSE_MS) begin();
      else setTimeout(begin, Math.min(tookMs(), MAX_PAUSE_MS));
    });
  };
  const beginSome = async (tookMs: () => number) => {
    while (waiting.size > 0 && tookMs() < MIN_PAUSE_MS) {
      for (const resolve of waiting.shift(1)) resolve();
      // Two microtasks later the work has done what it does before it waits for something.
      if (isOneATurn) return;
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  return (key) =>
    new Promise((resolve) => {
      waiting.push(key, resolve);
      if (!isBusy) begin();
    });
}
