import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';

export interface Recovered {
  /** When the endpoint was well again, by the monotonic clock. */
  wellAtMs: number;
  /** Requests that it refused before. */
  refused: number;
  /** The most requests in flight at once, by the second since then. */
  mostInFlight: number[];
}

/** An endpoint that is down at first, and counts what is in flight once it is well. */
export class Outage {
  #wellAtMs: number | undefined;
  #refused = 0;
  #inFlight = 0;
  readonly #most: number[] = [];

  get summary(): Recovered {
    return { wellAtMs: this.#wellAtMs ?? Number.NaN, refused: this.#refused, mostInFlight: this.#most };
  }

  end(): void {
    this.#wellAtMs = monotonicMs();
  }

  /** Whether a request is refused now, which is counted. */
  refuses(): boolean {
    if (this.#wellAtMs === undefined) this.#refused += 1;
    return this.#wellAtMs === undefined;
  }

  began(): void {
    this.#inFlight += 1;
    const second = Math.floor((monotonicMs() - (this.#wellAtMs ?? 0)) / 1000);
    while (this.#most.length < second) this.#most.push(0);
    this.#most[second] = Math.max(this.#most[second] ?? 0, this.#inFlight);
  }

  ended(): void {
    this.#inFlight -= 1;
  }
}
