import { Fifo } from '#src/infra/lib/fifo.ts';

interface Account<T> {
  waiting: Fifo<T>;
  underWay: number;
  /** Processor time that it had, on from the least of those that were here when it came. */
  usedMs: number;
}

/**
 * What waits for a thread: a queue for each account, each with so many under way at most. The account goes first that
 * had the least processor time, so that short runs need not wait behind each long one of others; in a round robin where
 * that is the same.
 */
export class RunQueue<T> {
  readonly #atOnce: number;
  /** By when they were served last. An account without anything waiting or under way is not here. */
  readonly #accounts = new Map<string, Account<T>>();
  /** The most that one had that left. Who comes begins here at least, so that nobody waits forever for newcomers. */
  #leftWithMs = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  waitingOf(account: string): number {
    return this.#accounts.get(account)?.waiting.length ?? 0;
  }

  push(account: string, item: T): void {
    let own = this.#accounts.get(account);
    if (own === undefined) {
      own = { waiting: new Fifo(), underWay: 0, usedMs: Math.max(this.#leftWithMs, this.#leastUsedMs()) };
      this.#accounts.set(account, own);
    }
    own.waiting.push(item);
  }

  /** The next one, which is under way until {@link end}; undefined when none may begin. */
  shift(): T | undefined {
    let next: [string, Account<T>] | undefined;
    for (const entry of this.#accounts) {
      const [, own] = entry;
      if (own.underWay >= this.#atOnce || own.waiting.length === 0) continue;
      if (next === undefined || own.usedMs < next[1].usedMs) next = entry;
    }
    if (next === undefined) return undefined;
    const [account, own] = next;
    this.#accounts.delete(account);
    this.#accounts.set(account, own);
    own.underWay += 1;
    return own.waiting.shift();
  }

  /** `usedMs`: processor time that the run took. */
  end(account: string, usedMs: number): void {
    const own = this.#accounts.get(account);
    if (own === undefined) return;
    own.underWay -= 1;
    own.usedMs += usedMs;
    if (own.underWay > 0 || own.waiting.length > 0) return;
    this.#accounts.delete(account);
    this.#leftWithMs = Math.max(this.#leftWithMs, own.usedMs);
  }

  #leastUsedMs(): number {
    let least = Infinity;
    for (const { usedMs } of this.#accounts.values()) least = Math.min(least, usedMs);
    return least === Infinity ? 0 : least;
  }
}
