const INITIAL_SIZE = 4;
const MAX_SIZE = 32;
/** Of an endpoint that answers quickly; below the number of sockets that it has of its own. */
const MAX_SIZE_OF_QUICK = 64;
/** A receiver is quick when it answers within this time. */
export const QUICK_MS = 250;
/** How many sends may wait in front of the receiver, by the estimate of {@link ConcurrencyWindow.increase}. */
const MAX_QUEUED = { toOpen: 6, toHold: 8 };
/** The fastest answer is forgotten slowly, doubling in 1,400 answers, because a receiver may move further away. */
const FORGETTING = 1.0005;

/**
 * How many sends to one endpoint may be in flight: additive increase, multiplicative decrease (AIMD), as in TCP's
 * congestion control. So an endpoint gets as many sends at once as it answers well. Beyond 32 the window opens only as
 * long as answers are quick, because more of a slow receiver's requests at once make it slower.
 *
 * `avoidsQueueing`: the window also opens only as long as the sends do not queue, as in TCP Vegas (Brakmo and Peterson,
 * 1995). What is in flight is what a kill repeats, and sends that queue arrive no sooner. Not in a process that also
 * accepts: there a send waits its turn behind what is being accepted, and a smaller window would give it fewer turns.
 * Measured at fan-out 1 with 16 in place of 64: 1,750 deliveries a second, not 2,860; p50 of arrival 140 ms, not 23.
 */
export class ConcurrencyWindow {
  readonly #avoidsQueueing: boolean;
  #size = INITIAL_SIZE;
  #fastestMs = Infinity;

  constructor({ avoidsQueueing }: { avoidsQueueing: boolean }) {
    this.#avoidsQueueing = avoidsQueueing;
  }

  get size(): number {
    return this.#size;
  }

  /** After a good answer. `tookMs`: how long the send was in flight. */
  increase(tookMs: number): void {
    const queued = this.#avoidsQueueing ? this.#queued(tookMs) : 0;
    const isQuick = tookMs < QUICK_MS;
    const maxSize = isQuick ? MAX_SIZE_OF_QUICK : MAX_SIZE;
    if (this.#size > maxSize || queued > MAX_QUEUED.toHold) this.#size -= 1;
    else if (this.#size < maxSize && queued < MAX_QUEUED.toOpen) this.#size += 1;
  }

  decrease(): void {
    this.#size = Math.max(1, Math.floor(this.#size / 2));
  }

  /** Sets the size to 1 when the circuit closes, because the endpoint's backlog would overload it again. */
  restart(): void {
    this.#size = 1;
  }

  /** Of the window, the part that only made the answer take longer than the fastest. */
  #queued(tookMs: number): number {
    this.#fastestMs = Math.min(tookMs, this.#fastestMs * FORGETTING);
    return tookMs > 0 ? this.#size * (1 - this.#fastestMs / tookMs) : 0;
  }
}
