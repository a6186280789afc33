import type { MemoryBudget } from './memory-budget.ts';

/** The memory that a message needs: its deliveries, and the bytes of the data that they share. */
export interface Reservation {
  accountId: string;
  deliveries: number;
  bytes: number;
}

interface Waiter extends Reservation {
  answer: (isGranted: boolean) => void;
}

/** Sends release memory within milliseconds; when they do not, the receivers are slow and it takes much longer. */
const MAX_WAIT_MS = 100;

/**
 * Reservations of memory for messages that are being accepted. One that does not fit waits for a moment, in a queue of
 * its account, so that it blocks no other account: a message that does not fit goes through the job queue, which costs
 * twice as much.
 */
export class Reservations {
  readonly #budget: MemoryBudget;
  /** By account id. */
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Returns whether the memory was reserved. Who reserved it releases it from the budget. */
  async reserve(reservation: Reservation): Promise<boolean> {
    const isFirst = !this.#waiting.has(reservation.accountId);
    if (isFirst && this.#grant(reservation)) return true;
    return new Promise((resolve) => {
      this.#enqueue({ ...reservation, answer: resolve });
    });
  }

  /** Grants the waiting reservations of an account that fit now, in their order. */
  grantWaiting(accountId: string): void {
    const waiting = this.#waiting.get(accountId);
    if (waiting === undefined) return;
    for (let first = waiting[0]; first !== undefined && this.#grant(first); first = waiting[0]) {
      waiting.shift();
      first.answer(true);
    }
    if (waiting.length === 0) this.#waiting.delete(accountId);
  }

  #enqueue(waiter: Waiter): void {
    const { accountId } = waiter;
    const waiting = this.#waiting.get(accountId) ?? [];
    this.#waiting.set(accountId, waiting);
    waiting.push(waiter);
    setTimeout(() => {
      const index = waiting.indexOf(waiter);
      if (index === -1) return;
      waiting.splice(index, 1);
      if (waiting.length === 0) this.#waiting.delete(accountId);
      waiter.answer(false);
    }, MAX_WAIT_MS);
  }

  #grant({ accountId, deliveries, bytes }: Reservation): boolean {
    if (!this.#budget.canHold(accountId, deliveries)) return false;
    this.#budget.hold(accountId, bytes, deliveries);
    return true;
  }
}
