import { FairQueue } from './fair-queue.ts';

interface Waiter {
  /** Null once it has waited too long. */
  grant: (() => void) | null;
}

/**
 * A number of permits. Who finds none waits; the keys that wait get the next permit in round robin, so that one key's
 * many do not delay another's few.
 */
export class Permits {
  #free: number;
  #waiting = 0;
  readonly #waiters = new FairQueue<Waiter>();

  constructor(count: number) {
    this.#free = count;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether a permit was free; it is taken then. */
  tryTake(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Resolves with a permit, to be given back by {@link release}. Rejects with `lateError` after `maxWaitMs`. */
  async take(key: string, limit?: { maxWaitMs: number; lateError: () => Error }): Promise<void> {
    if (this.tryTake()) return;
    this.#waiting += 1;
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = { grant: resolve };
        this.#waiters.push(key, waiter);
        if (limit === undefined) return;
        const timer = setTimeout(() => {
          waiter.grant = null;
          reject(limit.lateError());
        }, limit.maxWaitMs);
        waiter.grant = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    } finally {
      this.#waiting -= 1;
    }
  }

  release(): void {
    for (;;) {
      const [next] = this.#waiters.shift(1);
      if (next === undefined) {
        this.#free += 1;
        return;
      }
      if (next.grant !== null) {
        next.grant();
        return;
      }
    }
  }
}
