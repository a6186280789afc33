import type { Clock } from '#src/infra/lib/clock.ts';

interface Observation {
  sinceMs: number;
  /** The least difference of the database's clock and the monotonic one, in its second. */
  offsetMs: number;
}

const BUCKET_MS = 1000;

/**
 * How far the database's clock runs ahead of what passed, because it was set, or because the machine slept. Leases end
 * by that clock, so after such a step they would all seem over while their processes are alive, and be sent twice.
 */
export class SteadyTime {
  readonly #clock: Clock;
  readonly #windowMs: number;
  /** Oldest first; one a second at most. */
  #observations: Observation[] = [];

  /** `windowMs`: for how long a step is remembered: after it, what was leased before the step is really over. */
  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /** Milliseconds; 0 for a clock that was not set forward. `databaseNowMs`: what the database's clock says now. */
  aheadMs(databaseNowMs: number): number {
    const nowMs = this.#clock.monotonicNow();
    const offsetMs = databaseNowMs - nowMs;
    const last = this.#observations.at(-1);
    if (last !== undefined && nowMs - last.sinceMs < BUCKET_MS) {
      last.offsetMs = Math.min(last.offsetMs, offsetMs);
    } else {
      this.#observations = this.#observations.filter(({ sinceMs }) => nowMs - sinceMs <= this.#windowMs);
      this.#observations.push({ sinceMs: nowMs, offsetMs });
    }
    return offsetMs - Math.min(...this.#observations.map((one) => one.offsetMs));
  }
}
