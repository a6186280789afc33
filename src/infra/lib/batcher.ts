import { FairQueue } from './fair-queue.ts';
import { asService } from './on-behalf.ts';

interface BatcherOptions<T, R> {
  /** Handles a batch; answers one result an item, in the same order. When it throws, every item's promise rejects. */
  flush: (items: T[]) => Promise<R[]>;
  maxItems: number;
  /** Batches under way at once. Items that arrive meanwhile join the next batch. */
  concurrency: number;
  /** How long the first item of a batch waits for others; 0: until the end of this iteration of the event loop. */
  delayMs: number;
  /** Whether an error may be the fault of one item: then each item of the batch is flushed again alone. */
  isolates: (error: unknown) => boolean;
  /** Batches are filled from the keys in round robin, so that one key's many do not delay another's few. */
  keyOf?: (item: T) => string;
}

interface Waiter<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: items that arrive while a batch is under way join the next one. At low load a batch is one item and
 * is flushed at once; under load batches grow, and the cost of an item falls.
 */
export class Batcher<T, R> {
  readonly #options: BatcherOptions<T, R>;
  readonly #waiters = new FairQueue<Waiter<T, R>>();
  #inFlight = 0;
  #isScheduled = false;
  #idleListeners: (() => void)[] = [];

  constructor(options: BatcherOptions<T, R>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiters.size;
  }

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiters.push(this.#options.keyOf?.(item) ?? '', { item, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async drained(): Promise<void> {
    if (this.#waiters.size === 0 && this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#idleListeners.push(resolve));
  }

  #schedule(): void {
    if (this.#isScheduled || this.#inFlight >= this.#options.concurrency || this.#waiters.size === 0) return;
    this.#isScheduled = true;
    const start = () => {
      this.#isScheduled = false;
      void asService(() => this.#flush());
    };
    if (this.#options.delayMs === 0 || this.#waiters.size >= this.#options.maxItems) setImmediate(start);
    else setTimeout(start, this.#options.delayMs);
  }

  async #flush(): Promise<void> {
    const batch = this.#waiters.shift(this.#options.maxItems);
    this.#inFlight += 1;
    this.#schedule();
    try {
      await this.#deliver(batch);
    } finally {
      this.#inFlight -= 1;
      this.#schedule();
      this.#notifyIdle();
    }
  }

  /** Flushes the batch, and resolves or rejects the promise of each item. */
  async #deliver(batch: Waiter<T, R>[]): Promise<void> {
    try {
      const results = await this.#options.flush(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as R);
      });
    } catch (error) {
      if (batch.length > 1 && this.#options.isolates(error)) {
        for (const one of batch) await this.#deliver([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  #notifyIdle(): void {
    if (this.#waiters.size > 0 || this.#inFlight > 0) return;
    for (const resolve of this.#idleListeners.splice(0)) resolve();
  }
}
