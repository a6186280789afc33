import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';

export interface Arrived {
  /** Pairs of message and endpoint with at least one arrival. */
  distinct: number;
  /** Arrivals after the first of their pair. */
  repeated: number;
  firstAtMs: number;
  lastAtMs: number;
}

const INITIAL_PAIRS = 65_536;

/** The first arrival of each message at each of `fanOut` endpoints, in one run. */
export class Arrivals {
  readonly #fanOut: number;
  #firstAtMs = new Float64Array(INITIAL_PAIRS);
  #seen: Arrived = { distinct: 0, repeated: 0, firstAtMs: Number.NaN, lastAtMs: Number.NaN };

  constructor(fanOut: number) {
    this.#fanOut = fanOut;
  }

  get summary(): Arrived {
    return this.#seen;
  }

  add(message: number, endpoint: number): void {
    const index = message * this.#fanOut + endpoint;
    if (index >= this.#firstAtMs.length) this.#grow(index + 1);
    if (this.#firstAtMs[index] !== 0) {
      this.#seen.repeated += 1;
      return;
    }
    const atMs = monotonicMs();
    this.#firstAtMs[index] = atMs;
    this.#seen.distinct += 1;
    if (this.#seen.distinct === 1) this.#seen.firstAtMs = atMs;
    this.#seen.lastAtMs = atMs;
  }

  /** The monotonic time of each pair's first arrival in ms, by message and then endpoint; 0 without one. */
  times(): Float64Array {
    return this.#firstAtMs;
  }

  #grow(needed: number): void {
    const larger = new Float64Array(Math.max(needed, this.#firstAtMs.length * 2));
    larger.set(this.#firstAtMs);
    this.#firstAtMs = larger;
  }
}
