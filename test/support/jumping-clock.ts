import { type Clock, systemClock } from '#src/infra/lib/clock.ts';

export interface JumpingClock extends Clock {
  /** Puts the time of day forward, or back; what measures is not touched. */
  jump(hours: number): void;
}

export function createJumpingClock(): JumpingClock {
  let offsetMs = 0;
  return {
    now: () => systemClock.now() + offsetMs,
    monotonicNow: () => systemClock.monotonicNow(),
    jump: (hours) => void (offsetMs += hours * 3_600_000),
  };
}
