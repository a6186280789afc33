import type { Clock } from '#src/infra/lib/clock.ts';

/** A clock that stands still until it is moved: a send that is held never counts as slow, what was posted stays new. */
export function createStillClock(
  startsAt = new Date().toISOString(),
): Clock & { move(seconds: number): void } {
  let nowMs = Date.parse(startsAt);
  return {
    now: () => nowMs,
    monotonicNow: () => nowMs,
    move: (seconds) => void (nowMs += seconds * 1000),
  };
}
