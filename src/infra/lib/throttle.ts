import { setTimeout as pause } from 'node:timers/promises';

/** Runs one step of a long work, then pauses. Throws the signal's reason instead when the work is to end early. */
export type Throttle = <T>(step: () => Promise<T>) => Promise<T>;

const MAX_PAUSE_MS = 1000;

/**
 * For work that nobody waits for: a duty cycle of one half. After each step it pauses for as long as the step took, so
 * that it keeps a connection busy for at most half of the time, and slows down when the database does.
 */
export function createThrottle({ signal }: { signal: AbortSignal }): Throttle {
  return async (step) => {
    signal.throwIfAborted();
    const startedAtMs = performance.now();
    const result = await step();
    await pause(Math.min(performance.now() - startedAtMs, MAX_PAUSE_MS), undefined, { signal });
    return result;
  };
}
