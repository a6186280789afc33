import type { Clock } from '#src/infra/lib/clock.ts';
import { Fifo } from '#src/infra/lib/fifo.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';

/** A message is live traffic for this long after it was accepted, or after the time that it was scheduled for. */
const LIVE_MS = 5000;
/** While both wait, one send in this many is of the backlog, so that live traffic does not starve it. */
const BACKLOG_EVERY = 4;

/** A priority queue of two levels: live traffic before the backlog of retries, replays, snoozed and old deliveries. */
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
    const isBacklogDue = this.#liveInRow >= BACKLOG_EVERY - 1 && this.#backlog.length > 0;
    if (this.#live.length === 0 || isBacklogDue) {
      this.#liveInRow = 0;
      return this.#backlog.shift();
    }
    this.#liveInRow += 1;
    return this.#live.shift();
  }

  /**
   * Removes and returns all but `kept` deliveries. Those with the most attempts stay, and of these the oldest, so that
   * an endpoint that is gone for good reaches its last attempt in time.
   */
  spill(kept: number): T[] {
    if (this.length <= kept) return [];
    const all = [...this.#backlog.drain(), ...this.#live.drain()];
    all.sort((a, b) => b.attemptsMade - a.attemptsMade);
    for (const delivery of all.slice(0, kept)) this.push(delivery);
    return all.slice(kept);
  }

  /** Removes and returns the deliveries that `isWanted` accepts. */
  extract(isWanted: (delivery: T) => boolean): T[] {
    return [...this.#backlog.extract(isWanted), ...this.#live.extract(isWanted)];
  }

  /** Live: no delivery row, hence no attempt and no snooze before; and accepted just now. */
  #isLive({ dueAt, message }: T): boolean {
    if (dueAt !== null) return false;
    const acceptedAtMs = message.deliverAt?.getTime() ?? timeOfId(message.id);
    return this.#clock.now() - acceptedAtMs < LIVE_MS;
  }
}
