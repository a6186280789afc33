const INITIAL_SIZE = 4;
const MAX_SIZE = 32;
/** Of an endpoint that answers quickly; below the number of sockets that it has of its own. */
const MAX_SIZE_OF_QUICK = 64;
/** A receiver is quick when it answers within this time. */
export const QUICK_MS = 250;
/** So many sends may be in flight however they queue. */
const FREE_OF_QUEUEING = 8;
/** How many of those in flight may wait in front of the receiver, by the estimate of {@link ConcurrencyWindow}. */
const MAX_QUEUED = { toOpen: 6, toHold: 8 };
/** Answers that the smoothed time is of: many, because the times of one receiver may differ tenfold. */
const SMOOTHED_OF = 128;
/** The least time is forgotten slowly, doubling in 69,000 answers, because a receiver may move further away. */
const FORGETTING = 1.00001;

/**
 * How many sends to one endpoint may be in flight: additive increase, multiplicative decrease (AIMD), as in TCP's
 * congestion control. So an endpoint gets as many sends at once as it answers well. Beyond 32 the window opens only as
 * long as answers are quick, because more of a slow receiver's requests at once make it slower.
 *
 * `avoidsQueueing`: beyond 8 the window also opens only as long as the sends do not queue, as in TCP Vegas (Brakmo and
 * Peterson, 1995): by one a window, and by how much longer answers take, smoothed, than they did at least. What is in
 * flight is what a kill repeats, and sends that queue arrive no sooner. Not in a process that also accepts: there a
 * send waits its turn behind what is being accepted, and a smaller window would give it fewer turns. Measured at
 * fan-out 1 with 16 in place of 64: 1,750 deliveries a second, not 2,860; p50 of arrival 140 ms, not 23.
 */
export class ConcurrencyWindow {
  readonly #avoidsQueueing: boolean;
  #size = INITIAL_SIZE;
  #decreasedAtMs = -Infinity;
  #smoothedMs = 0;
  #smoothedOf = 0;
  #leastMs = Infinity;
  /** Answers since the window last changed for queueing. */
  #answers = 0;

  constructor({ avoidsQueueing }: { avoidsQueueing: boolean }) {
    this.#avoidsQueueing = avoidsQueueing;
  }

  get size(): number {
    return this.#size;
  }

  /** After a good answer. `tookMs`: how long the send was in flight. */
  increase(tookMs: number): void {
    const isQuick = tookMs < QUICK_MS;
    const maxSize = isQuick ? MAX_SIZE_OF_QUICK : MAX_SIZE;
    const step = this.#avoidsQueueing ? this.#stepByQueueing(tookMs) : 1;
    if (this.#size > maxSize) this.#size -= 1;
    else this.#size = Math.min(maxSize, this.#size + step);
  }

  /**
   * Halves after a bad answer, once for all sends that were in flight together: else a receiver that fails every second
   * time would be sent one at a time. `startedAtMs`: of the send.
   */
  decrease({ startedAtMs, nowMs }: { startedAtMs: number; nowMs: number }): void {
    if (startedAtMs < this.#decreasedAtMs) return;
    this.#decreasedAtMs = nowMs;
    this.#size = Math.max(1, Math.floor(this.#size / 2));
  }

  /** Sets the size to 1 when the circuit closes, because the endpoint's backlog would overload it again. */
  restart(): void {
    this.#size = 1;
  }

  /** -1, 0 or 1. */
  #stepByQueueing(tookMs: number): number {
    this.#smoothedOf = Math.min(this.#smoothedOf + 1, SMOOTHED_OF);
    this.#smoothedMs += (tookMs - this.#smoothedMs) / this.#smoothedOf;
    if (this.#size < FREE_OF_QUEUEING) return 1;
    if (this.#smoothedOf < SMOOTHED_OF) return 0;
    this.#leastMs = Math.min(this.#smoothedMs, this.#leastMs * FORGETTING);
    this.#answers += 1;
    if (this.#answers < this.#size) return 0;
    this.#answers = 0;
    const queued = this.#smoothedMs > 0 ? this.#size * (1 - this.#leastMs / this.#smoothedMs) : 0;
    if (queued > MAX_QUEUED.toHold && this.#size > FREE_OF_QUEUEING) return -1;
    return queued < MAX_QUEUED.toOpen ? 1 : 0;
  }
}
