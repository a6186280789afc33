import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';

export interface Recovered {
  /** When the endpoint was well again, by the monotonic clock. */
  wellAtMs: number;
  /** Requests that it refused before. */
  refused: number;
  /** The messages that they were of. */
  refusedMessages: number;
  /** The most requests in flight at once, by the second since then. */
  mostInFlight: number[];
}

/** An endpoint that is down at first, and counts what is in flight once it is well. */
export class Outage {
  #wellAtMs: number | undefined;
  #refused = 0;
  readonly #refusedNumbers = new Set<number>();
  #inFlight = 0;
  readonly #most: number[] = [];

  get summary(): Recovered {
    return {
      wellAtMs: this.#wellAtMs ?? Number.NaN,
      refused: this.#refused,
      refusedMessages: this.#refusedNumbers.size,
      mostInFlight: this.#most,
    };
  }

  end(): void {
    this.#wellAtMs = monotonicMs();
  }

  /** Whether a request with message `number` is refused now, which is counted. */
  refuses(number: number): boolean {
    if (this.#wellAtMs !== undefined) return false;
    this.#refused += 1;
    this.#refusedNumbers.add(number);
    return true;
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
