import type { Pool } from 'pg';
import { ensurePartitions, WEEK_MS } from '#src/infra/database/partitions.ts';
import { type Clock, systemClock } from '#src/infra/lib/clock.ts';

export interface JumpingClock extends Clock {
  /**
   * Puts the time of day forward, or back; what measures is not touched. Throws when all jumps come to over a week: a
   * server makes partitions for two weeks at its start, so that further jumps would fail on some days of a month only.
   */
  jump(hours: number): void;
  /** Puts the time of day to any time, for which it makes the partitions. */
  jumpTo(timeMs: number, pool: Pool): Promise<void>;
}

export function createJumpingClock(): JumpingClock {
  let offsetMs = 0;
  let partitionsAtMs = 0;
  return {
    now: () => systemClock.now() + offsetMs,
    monotonicNow: () => systemClock.monotonicNow(),
    jump: (hours) => {
      offsetMs += hours * 3_600_000;
      if (Math.abs(offsetMs - partitionsAtMs) > WEEK_MS)
        throw new RangeError('jumps of over a week need jumpTo()');
    },
    jumpTo: async (timeMs, pool) => {
      await ensurePartitions(pool, timeMs);
      offsetMs = timeMs - systemClock.now();
      partitionsAtMs = offsetMs;
    },
  };
}

/** The first moments of the month after that of `nowMs`. */
export function nextMonthAfter(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1, 0, 0, 1);
}
