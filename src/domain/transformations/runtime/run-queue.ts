import { Fifo } from '#src/infra/lib/fifo.ts';

interface Account<T> {
  waiting: Fifo<T>;
  underWay: number;
}

/** What waits for a thread: a queue for each account, served in round robin, each with so many under way at most. */
export class RunQueue<T> {
  readonly #atOnce: number;
  /** In the order of service. An account without anything waiting or under way is not here. */
  readonly #accounts = new Map<string, Account<T>>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  waitingOf(account: string): number {
    return this.#accounts.get(account)?.waiting.length ?? 0;
  }

  push(account: string, item: T): void {
    let own = this.#accounts.get(account);
    if (own === undefined) {
      own = { waiting: new Fifo(), underWay: 0 };
      this.#accounts.set(account, own);
    }
    own.waiting.push(item);
  }

  /** The next one, which is under way until {@link end}; undefined when none may begin. */
  shift(): T | undefined {
    for (const [account, own] of this.#accounts) {
      if (own.underWay >= this.#atOnce || own.waiting.length === 0) continue;
      this.#accounts.delete(account);
      this.#accounts.set(account, own);
      own.underWay += 1;
      return own.waiting.shift();
    }
    return undefined;
  }

  end(account: string): void {
    const own = this.#accounts.get(account);
    if (own === undefined) return;
    own.underWay -= 1;
    if (own.underWay === 0 && own.waiting.length === 0) this.#accounts.delete(account);
  }
}
