import type { Clock } from '#src/infra/lib/clock.ts';
import { Fifo } from '#src/infra/lib/fifo.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';

/** How long after it was accepted, or was to be sent, a message is live traffic. */
const LIVE_MS = 5000;
/** While both wait, one send in so many is of the backlog: it goes behind what is live, but never stands still. */
const BACKLOG_EVERY = 4;

/** What waits in a lane: live traffic first, before retries, replays, what was put off, and what is old. */
export class LiveFirstQueue<T extends LeasedDelivery> {
  readonly #clock: Clock;
  readonly #live = new Fifo<T>();
  readonly #backlog = new Fifo<T>();
  #liveInRow = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#live.length + this.#backlog.length;
  }

  push(delivery: T): void {
    (this.#isLive(delivery) ? this.#live : this.#backlog).push(delivery);
  }

  next(): T | undefined {
    const isBacklogsTurn = this.#liveInRow >= BACKLOG_EVERY - 1 && this.#backlog.length > 0;
    if (this.#live.length === 0 || isBacklogsTurn) {
      this.#liveInRow = 0;
      return this.#backlog.shift();
    }
    this.#liveInRow += 1;
    return this.#live.shift();
  }

  /**
   * Takes out all but `kept`: those with the most attempts behind them stay, so that an endpoint that is gone for good is
   * known to be in time; of these the oldest.
   */
  spill(kept: number): T[] {
    if (this.length <= kept) return [];
    const all = [...this.#backlog.drain(), ...this.#live.drain()];
    all.sort((a, b) => b.attemptsMade - a.attemptsMade);
    for (const delivery of all.slice(0, kept)) this.push(delivery);
    return all.slice(kept);
  }

  /** Takes out those that `isTaken`. */
  extract(isTaken: (delivery: T) => boolean): T[] {
    return [...this.#backlog.extract(isTaken), ...this.#live.extract(isTaken)];
  }

  /** Without a delivery row, that is at its first attempt and never put off; and accepted just now. */
  #isLive({ dueAt, message }: T): boolean {
    if (dueAt !== null) return false;
    const acceptedAtMs = message.deliverAt?.getTime() ?? timeOfId(message.id);
    return this.#clock.now() - acceptedAtMs < LIVE_MS;
  }
}
