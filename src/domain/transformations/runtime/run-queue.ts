import { Fifo } from '#src/infra/lib/fifo.ts';

interface Account<T> {
  waiting: Fifo<T>;
  isUnderWay: boolean;
  /** Processor time that it had, on from the least of those that were here when it came. */
  usedMs: number;
}

/**
 * What waits for a thread: a queue for each account, and one thread for each at once. The account goes first that had
 * the least processor time, so that short runs need not wait behind each long one of others; in a round robin where
 * that is the same.
 */
export class RunQueue<T> {
  /** By when they were served last. An account without anything waiting or under way is not here. */
  readonly #accounts = new Map<string, Account<T>>();
  /** The most that one had that left. Who comes begins here at least, so that nobody waits forever for newcomers. */
  #leftWithMs = 0;

  waitingOf(account: string): number {
    return this.#accounts.get(account)?.waiting.length ?? 0;
  }

  push(account: string, item: T): void {
    let own = this.#accounts.get(account);
    if (own === undefined) {
      own = {
        waiting: new Fifo(),
        isUnderWay: false,
        usedMs: Math.max(this.#leftWithMs, this.#leastUsedMs()),
      };
      this.#accounts.set(account, own);
    }
    own.waiting.push(item);
  }

  /**
   * The account whose turn it is, which is under way until {@link end}, and what of it waited longest; undefined when
   * none may begin.
   */
  shift(): T | undefined {
    let next: [string, Account<T>] | undefined;
    for (const entry of this.#accounts) {
      const [, own] = entry;
      if (own.isUnderWay || own.waiting.length === 0) continue;
      if (next === undefined || own.usedMs < next[1].usedMs) next = entry;
    }
    if (next === undefined) return undefined;
    const [account, own] = next;
    this.#accounts.delete(account);
    this.#accounts.set(account, own);
    own.isUnderWay = true;
    return own.waiting.shift();
  }

  /** Of an account that is under way, what waits longest but for `index` others. It stays here until {@link end}. */
  peek(account: string, index: number): T | undefined {
    return this.#accounts.get(account)?.waiting.at(index);
  }

  /** `usedMs`: processor time that the account had. `alsoRun`: so many that waited longest were run, too. */
  end(account: string, usedMs: number, alsoRun = 0): void {
    const own = this.#accounts.get(account);
    if (own === undefined) return;
    own.isUnderWay = false;
    own.usedMs += usedMs;
    for (let n = 0; n < alsoRun; n += 1) own.waiting.shift();
    if (own.waiting.length > 0) return;
    this.#accounts.delete(account);
    this.#leftWithMs = Math.max(this.#leftWithMs, own.usedMs);
  }

  #leastUsedMs(): number {
    let least = Infinity;
    for (const { usedMs } of this.#accounts.values()) least = Math.min(least, usedMs);
    return least === Infinity ? 0 : least;
  }
}
