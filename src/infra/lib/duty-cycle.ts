import { FairQueue } from './fair-queue.ts';

/** Shorter work needs no pause: the turn of the event loop after it is enough. */
const MIN_PAUSE_MS = 5;
const MAX_PAUSE_MS = 250;

/**
 * For pieces of work that occupy the event loop for milliseconds: one begins at a time, keys in round robin, and the
 * next after a pause of as long as that took. So many of them leave half of the time to others. Each resolves when its
 * work may begin.
 */
export function createDutyCycle(): (key: string) => Promise<void> {
  const waiting = new FairQueue<() => void>();
  let isBusy = false;
  const begin = () => {
    const [next] = waiting.shift(1);
    isBusy = next !== undefined;
    if (next === undefined) return;
    const startedAtMs = performance.now();
    next();
    setImmediate(() => {
      const tookMs = performance.now() - startedAtMs;
      if (tookMs < MIN_PAUSE_MS) begin();
      else setTimeout(begin, Math.min(tookMs, MAX_PAUSE_MS));
    });
  };
  return (key) =>
    new Promise((resolve) => {
      waiting.push(key, resolve);
      if (!isBusy) begin();
    });
}
