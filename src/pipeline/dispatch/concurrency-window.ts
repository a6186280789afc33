/** The maximum is below the number of sockets that an endpoint has of its own. */
const INITIAL_SIZE = 4;
const MAX_SIZE = 32;

/**
 * How many sends to one endpoint may be in flight: additive increase, multiplicative decrease (AIMD), as in TCP's
 * congestion control. So an endpoint gets as many sends at once as it answers well.
 */
export class ConcurrencyWindow {
  #size = INITIAL_SIZE;

  get size(): number {
    return this.#size;
  }

  increase(): void {
    this.#size = Math.min(MAX_SIZE, this.#size + 1);
  }

  decrease(): void {
    this.#size = Math.max(1, Math.floor(this.#size / 2));
  }

  /** Sets the size to 1 when the circuit closes, because the endpoint's backlog would overload it again. */
  restart(): void {
    this.#size = 1;
  }
}
