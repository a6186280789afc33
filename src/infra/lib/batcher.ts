import { FairQueue } from './fair-queue.ts';

interface BatcherOptions<T, R> {
  /** Handles a batch; answers one result an item, in the same order. When it throws, every item's promise rejects. */
  flush: (items: T[]) => Promise<R[]>;
  maxItems: number;
  /** Batches under way at once. What arrives meanwhile waits and grows the next batch. */
  concurrency: number;
  /** How long the first item of a batch waits for company; 0: until the end of this turn of the event loop. */
  delayMs: number;
  /** Which errors may be one item's fault: then each item of the batch is flushed again alone. */
  isolates: (error: unknown) => boolean;
  /** Whose an item is: a batch takes from each owner's line in turn, so that nobody waits behind another's many. */
  lineOf?: (item: T) => string;
}

interface Waiting<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: items that arrive while a batch is under way join the next one. At low load a batch is one item and
 * leaves at once; under load batches grow by themselves and make each item cheaper.
 */
export class Batcher<T, R> {
  readonly #options: BatcherOptions<T, R>;
  readonly #waiting = new FairQueue<Waiting<T, R>>();
  #inFlight = 0;
  #isArmed = false;
  #idle: (() => void)[] = [];

  constructor(options: BatcherOptions<T, R>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(this.#options.lineOf?.(item) ?? '', { item, resolve, reject });
      this.#arm();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async drained(): Promise<void> {
    if (this.#waiting.size === 0 && this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #arm(): void {
    if (this.#isArmed || this.#inFlight >= this.#options.concurrency || this.#waiting.size === 0) return;
    this.#isArmed = true;
    const fire = () => {
      this.#isArmed = false;
      void this.#flush();
    };
    if (this.#options.delayMs === 0 || this.#waiting.size >= this.#options.maxItems) setImmediate(fire);
    else setTimeout(fire, this.#options.delayMs);
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.take(this.#options.maxItems);
    this.#inFlight += 1;
    this.#arm();
    try {
      await this.#settle(batch);
    } finally {
      this.#inFlight -= 1;
      this.#arm();
      this.#announceIdle();
    }
  }

  async #settle(batch: Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#options.flush(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as R);
      });
    } catch (error) {
      if (batch.length > 1 && this.#options.isolates(error)) {
        for (const one of batch) await this.#settle([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  #announceIdle(): void {
    if (this.#waiting.size > 0 || this.#inFlight > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
