/** What this process holds for one account. */
interface AccountLoad {
  deliveries: number;
  bytes: number;
}

const NOTHING: AccountLoad = { deliveries: 0, bytes: 0 };
/** What an account may always have, however many others there are. */
const MIN_DELIVERIES = 32;

/** Memory, shared like turns: an account alone may have half of it, the next half of what is left, and so on. */
export class MemoryBudget {
  readonly #max: AccountLoad;
  readonly #accounts = new Map<string, AccountLoad>();
  /** Of which something was left in the queue, until there is room for so many more. */
  readonly #passedOver = new Map<string, number>();
  #deliveries = 0;
  #bytes = 0;

  constructor(max: AccountLoad) {
    this.#max = max;
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  get isFull(): boolean {
    return this.#deliveries >= this.#max.deliveries || this.#bytes >= this.#max.bytes;
  }

  /** Whether the account may have `more` deliveries in memory beside what it has. */
  canHold(accountId: string, more: number): boolean {
    const { deliveries, bytes } = this.#accounts.get(accountId) ?? NOTHING;
    if (deliveries + more <= MIN_DELIVERIES && this.#bytes < this.#max.bytes) return true;
    return (
      deliveries + more <= this.#shareBeside(deliveries) &&
      bytes <= (this.#max.bytes - (this.#bytes - bytes)) / 2
    );
  }

  /** The accounts that may not have `more`, of which something is left in the queue now. But one with only a few may. */
  accountsOverShare(more: number): string[] {
    const full = [...this.#accounts.keys()].filter((accountId) => !this.#isForMany(accountId, more));
    for (const accountId of full) {
      this.#passedOver.set(accountId, Math.min(more, this.#passedOver.get(accountId) ?? more));
    }
    return full;
  }

  take(accountId: string, bytes: number, deliveries = 1): void {
    const load = this.#accounts.get(accountId) ?? { ...NOTHING };
    this.#accounts.set(accountId, load);
    load.deliveries += deliveries;
    load.bytes += bytes;
    this.#deliveries += deliveries;
    this.#bytes += bytes;
  }

  /** Answers whether there is room again for what was not collected for want of it. */
  release(accountId: string, bytes: number, deliveries = 1): boolean {
    const wasFull = this.isFull;
    const load = this.#accounts.get(accountId) ?? { ...NOTHING };
    load.deliveries -= deliveries;
    load.bytes -= bytes;
    this.#deliveries -= deliveries;
    this.#bytes -= bytes;
    if (load.deliveries === 0) this.#accounts.delete(accountId);
    const more = this.#passedOver.get(accountId);
    const isBack = more !== undefined && this.#isForMany(accountId, more);
    if (isBack) this.#passedOver.delete(accountId);
    return !this.isFull && (wasFull || isBack);
  }

  /** Never more than half of its share: else one that always has a few would get nothing beside others that have much. */
  #isForMany(accountId: string, more: number): boolean {
    const { deliveries } = this.#accounts.get(accountId) ?? NOTHING;
    const most = Math.max(1, Math.floor(this.#shareBeside(deliveries) / 2));
    return this.canHold(accountId, deliveries < MIN_DELIVERIES ? 1 : Math.min(more, most));
  }

  /** What an account that has so many may have in all. */
  #shareBeside(deliveries: number): number {
    return (this.#max.deliveries - (this.#deliveries - deliveries)) / 2;
  }
}
