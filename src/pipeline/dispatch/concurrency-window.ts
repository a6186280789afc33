const INITIAL_SIZE = 4;
const MAX_SIZE = 32;
/** Of an endpoint that answers quickly; below the number of sockets that it has of its own. */
const MAX_SIZE_OF_QUICK = 64;
/** A receiver is quick when it answers within this time. */
export const QUICK_MS = 250;

/**
 * How many sends to one endpoint may be in flight: additive increase, multiplicative decrease (AIMD), as in TCP's
 * congestion control. So an endpoint gets as many sends at once as it answers well. Beyond 32 the window opens only as
 * long as answers are quick, because more of a slow receiver's requests at once make it slower.
 */
export class ConcurrencyWindow {
  #size = INITIAL_SIZE;

  get size(): number {
    return this.#size;
  }

  /** After a good answer. `tookMs`: how long the send was in flight. */
  increase(tookMs: number): void {
    const isQuick = tookMs < QUICK_MS;
    if (this.#size < (isQuick ? MAX_SIZE_OF_QUICK : MAX_SIZE)) this.#size += 1;
    else if (this.#size > MAX_SIZE && !isQuick) this.#size -= 1;
  }

  decrease(): void {
    this.#size = Math.max(1, Math.floor(this.#size / 2));
  }

  /** Sets the size to 1 when the circuit closes, because the endpoint's backlog would overload it again. */
  restart(): void {
    this.#size = 1;
  }
}
