import type { MemoryBudget } from './memory-budget.ts';

/** A message's place in memory: that of its deliveries and of the body that they share. */
export interface Reservation {
  accountId: string;
  deliveries: number;
  bytes: number;
}

interface Waiter extends Reservation {
  answer: (isGranted: boolean) => void;
}

/** Sending makes room in milliseconds, or the receivers are slow and it takes long. */
const MAX_WAIT_MS = 100;

/**
 * Places in memory for messages that are being accepted. Who finds none waits for a moment, in line with others of the
 * same account and holding up nobody else's: what does not fit goes by way of the queue, which costs twice as much.
 */
export class Reservations {
  readonly #budget: MemoryBudget;
  readonly #lines = new Map<string, Waiter[]>();

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Whether there is room, which then is taken. */
  async reserve(reservation: Reservation): Promise<boolean> {
    const line = this.#lines.get(reservation.accountId);
    if (line === undefined && this.#grant(reservation)) return true;
    return new Promise((resolve) => {
      this.#waitInLine({ ...reservation, answer: resolve });
    });
  }

  /** Gives room that became free to those who wait for it. */
  grantWaiting(accountId: string): void {
    const line = this.#lines.get(accountId);
    if (line === undefined) return;
    for (let first = line[0]; first !== undefined && this.#grant(first); first = line[0]) {
      line.shift();
      first.answer(true);
    }
    if (line.length === 0) this.#lines.delete(accountId);
  }

  #waitInLine(waiting: Waiter): void {
    const { accountId } = waiting;
    const line = this.#lines.get(accountId) ?? [];
    this.#lines.set(accountId, line);
    line.push(waiting);
    setTimeout(() => {
      const place = line.indexOf(waiting);
      if (place === -1) return;
      line.splice(place, 1);
      if (line.length === 0) this.#lines.delete(accountId);
      waiting.answer(false);
    }, MAX_WAIT_MS);
  }

  #grant({ accountId, deliveries, bytes }: Reservation): boolean {
    if (!this.#budget.canHold(accountId, deliveries)) return false;
    this.#budget.take(accountId, bytes, deliveries);
    return true;
  }
}
