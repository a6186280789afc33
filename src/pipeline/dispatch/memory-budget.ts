import type { PendingDelivery } from '#src/domain/deliveries/pending-delivery.ts';

/** Deliveries in memory, with the bytes of their messages' data. */
interface Load {
  deliveries: number;
  bytes: number;
}

const NOTHING: Load = { deliveries: 0, bytes: 0 };
/** An account may always hold this many deliveries, however many other accounts there are. */
const MIN_DELIVERIES = 32;
/**
 * Deliveries that are enough to keep a busy process sending: more would only wait in memory. Fewer make smaller batches
 * of outcomes: at fan-out 10 a sixth of them delivers a sixth less.
 */
const ENOUGH_WHILE_BUSY = 3072;

/**
 * The memory of this process for pending deliveries, shared between accounts. An account may hold half of what the
 * other accounts leave: one alone half of `max`, the next half of the rest, and so on.
 */
export class MemoryBudget {
  readonly #max: Load;
  readonly #accounts = new Map<string, Load>();
  /** Accounts whose jobs a fetch left in the queue, with the number of deliveries that they need capacity for. */
  readonly #leftInQueue = new Map<string, number>();
  #deliveries = 0;
  #bytes = 0;

  constructor(max: Load) {
    this.#max = max;
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  get isFull(): boolean {
    return this.#deliveries >= this.#max.deliveries || this.#bytes >= this.#max.bytes;
  }

  /** Whether the account may hold `moreDeliveries` in addition to those that it holds. */
  canHold(accountId: string, moreDeliveries: number): boolean {
    const { deliveries, bytes } = this.#accounts.get(accountId) ?? NOTHING;
    if (deliveries + moreDeliveries <= MIN_DELIVERIES && this.#bytes < this.#max.bytes) return true;
    return (
      deliveries + moreDeliveries <= this.#shareBeside(deliveries) &&
      bytes <= (this.#max.bytes - (this.#bytes - bytes)) / 2
    );
  }

  /** Whether the account holds as much as its share of what keeps a busy process sending. */
  hasEnough(accountId: string): boolean {
    const { deliveries } = this.#accounts.get(accountId) ?? NOTHING;
    const share = (ENOUGH_WHILE_BUSY - (this.#deliveries - deliveries)) / 2;
    return deliveries >= Math.max(MIN_DELIVERIES, share);
  }

  /** Whether the account holds at least as much as accounts hold on average. */
  hasMost(accountId: string): boolean {
    const { deliveries } = this.#accounts.get(accountId) ?? NOTHING;
    return deliveries * this.#accounts.size >= this.#deliveries;
  }

  /**
   * Ids of the accounts that may not be fetched, because they may not hold `moreDeliveries`. Remembers them, so that
   * {@link release} tells when they have capacity again. An account with fewer than the minimum needs capacity for one.
   */
  accountsOverShare(moreDeliveries: number): string[] {
    const full = [...this.#accounts.keys()].filter((accountId) => !this.#canFetch(accountId, moreDeliveries));
    for (const accountId of full) {
      const needed = this.#leftInQueue.get(accountId) ?? moreDeliveries;
      this.#leftInQueue.set(accountId, Math.min(moreDeliveries, needed));
    }
    return full;
  }

  hold(accountId: string, bytes: number, deliveries = 1): void {
    const load = this.#accounts.get(accountId) ?? { ...NOTHING };
    this.#accounts.set(accountId, load);
    load.deliveries += deliveries;
    load.bytes += bytes;
    this.#deliveries += deliveries;
    this.#bytes += bytes;
  }

  /**
   * Returns whether capacity is back: of a budget that was full, or of an account whose jobs were left in the queue.
   */
  release(accountId: string, bytes: number, deliveries = 1): boolean {
    const wasFull = this.isFull;
    const load = this.#accounts.get(accountId) ?? { ...NOTHING };
    load.deliveries -= deliveries;
    load.bytes -= bytes;
    this.#deliveries -= deliveries;
    this.#bytes -= bytes;
    if (load.deliveries === 0) this.#accounts.delete(accountId);
    const needed = this.#leftInQueue.get(accountId);
    const isBack = needed !== undefined && this.#canFetch(accountId, needed);
    if (isBack) this.#leftInQueue.delete(accountId);
    return !this.isFull && (wasFull || isBack);
  }

  /**
   * Never asks for more than half of the account's share, because an account that always holds a few deliveries would
   * be fetched nothing beside accounts that hold many.
   */
  #canFetch(accountId: string, moreDeliveries: number): boolean {
    const { deliveries } = this.#accounts.get(accountId) ?? NOTHING;
    const halfShare = Math.max(1, Math.floor(this.#shareBeside(deliveries) / 2));
    return this.canHold(accountId, deliveries < MIN_DELIVERIES ? 1 : Math.min(moreDeliveries, halfShare));
  }

  /** How many deliveries an account that holds `deliveries` may hold in all. */
  #shareBeside(deliveries: number): number {
    return (this.#max.deliveries - (this.#deliveries - deliveries)) / 2;
  }
}

/** How many deliveries each message has here. They share its data, so each counts for its part of the bytes. */
export function countByMessage(deliveries: PendingDelivery[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { message } of deliveries) counts.set(message.id, (counts.get(message.id) ?? 0) + 1);
  return counts;
}
