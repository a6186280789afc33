import { setTimeout as rest } from 'node:timers/promises';

/** Does one step of a long work; throws instead when the work is to end early. */
export type Throttle = <T>(step: () => Promise<T>) => Promise<T>;

const MAX_REST_MS = 1000;

/**
 * For work that nobody waits for: after each step it rests for as long as the step took, so that it never takes more than
 * half of a connection, and less of what others need the slower all is.
 */
export function createThrottle({ signal }: { signal: AbortSignal }): Throttle {
  return async (step) => {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const result = await step();
    await rest(Math.min(performance.now() - startedAt, MAX_REST_MS), undefined, { signal });
    return result;
  };
}
