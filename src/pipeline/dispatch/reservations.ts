import type { MemoryBudget } from './memory-budget.ts';

/** The memory that a message needs: its deliveries, and the bytes of the data that they share. */
export interface Reservation {
  accountId: string;
  deliveries: number;
  bytes: number;
}

/**
 * Where a message is to wait for its sends: in memory, which was reserved; in the job queue; or not at all, because
 * this process has more to do than it can and most of it for this account.
 */
export type Admission = 'memory' | 'queue' | 'overload';

interface Waiter extends Reservation {
  answer: (admission: Admission) => void;
}

/** Sends release memory within milliseconds; when they do not, the receivers are slow and it takes much longer. */
const MAX_WAIT_MS = 100;
/** In a busy process: a client that waits posts nothing else meanwhile, so accepting keeps the pace of delivering. */
const MAX_WAIT_WHILE_BUSY_MS = 5000;
/** Messages of an account; more would wait for too long, and are refused at once. */
const MAX_WAITING_WHILE_BUSY = 1000;

/**
 * Reservations of memory for messages that are being accepted. One that does not fit waits for a moment, in a queue of
 * its account, so that it blocks no other account: a message that does not fit goes through the job queue, which costs
 * twice as much. While the process is busy, one also waits until its account has few deliveries in memory, because what
 * is accepted then would only wait there.
 */
export class Reservations {
  readonly #budget: MemoryBudget;
  readonly #isBusyFor: (accountId: string) => boolean;
  /** By account id. */
  readonly #waiting = new Map<string, Waiter[]>();

  /** `isBusyFor`: whether the account's deliveries wait because the process has more to do than it can. */
  constructor(budget: MemoryBudget, isBusyFor: (accountId: string) => boolean) {
    this.#budget = budget;
    this.#isBusyFor = isBusyFor;
  }

  /** Who reserved memory releases it from the budget. */
  async reserve(reservation: Reservation): Promise<Admission> {
    const { accountId } = reservation;
    const waiting = this.#waiting.get(accountId)?.length ?? 0;
    const isAhead = this.#isAhead(accountId);
    if (waiting === 0 && !isAhead && this.reserveNow(reservation)) return 'memory';
    if (waiting >= MAX_WAITING_WHILE_BUSY && isAhead && this.#budget.hasMost(accountId)) return 'overload';
    return new Promise((resolve) => {
      this.#enqueue({ ...reservation, answer: resolve });
    });
  }

  /** Returns whether the memory was reserved; waits for nothing. */
  reserveNow({ accountId, deliveries, bytes }: Reservation): boolean {
    if (!this.#budget.canHold(accountId, deliveries)) return false;
    this.#budget.hold(accountId, bytes, deliveries);
    return true;
  }

  /** Grants the waiting reservations of an account that fit now, in their order. */
  grantWaiting(accountId: string): void {
    const waiting = this.#waiting.get(accountId);
    if (waiting === undefined) return;
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      if (this.#isAhead(accountId) || !this.reserveNow(first)) break;
      waiting.shift();
      first.answer('memory');
    }
    if (waiting.length === 0) this.#waiting.delete(accountId);
  }

  #enqueue(waiter: Waiter): void {
    const { accountId } = waiter;
    const waiting = this.#waiting.get(accountId) ?? [];
    this.#waiting.set(accountId, waiting);
    waiting.push(waiter);
    const isAhead = this.#isAhead(accountId);
    setTimeout(
      () => {
        this.#giveUp(waiter, waiting);
      },
      isAhead ? MAX_WAIT_WHILE_BUSY_MS : MAX_WAIT_MS,
    );
  }

  #giveUp(waiter: Waiter, waiting: Waiter[]): void {
    const index = waiting.indexOf(waiter);
    if (index === -1) return;
    const { accountId, answer } = waiter;
    waiting.splice(index, 1);
    if (waiting.length === 0) this.#waiting.delete(accountId);
    if (this.#isAhead(accountId) && this.#budget.hasMost(accountId)) answer('overload');
    else answer(this.reserveNow(waiter) ? 'memory' : 'queue');
  }

  #isAhead(accountId: string): boolean {
    return this.#isBusyFor(accountId) && this.#budget.hasEnough(accountId);
  }
}
