const SHARDS = 32;
/** Of imports: an account has one at a time, and no post waits for its transactions. */
export const IMPORTS_SHARD = SHARDS;

/**
 * Numbers for the flushes of a process that are under way at once, so that no two of them raise the same row of
 * `message_counts`. Processes begin at different places; two that meet wait for each other's commits, and count right.
 */
export class CounterShards {
  readonly #free: number[];

  constructor(count: number, random: () => number = Math.random) {
    const first = Math.floor(random() * Math.floor(SHARDS / count)) * count;
    this.#free = Array.from({ length: count }, (_, index) => first + index);
  }

  /** Lends a number for as long as `work` takes. */
  async lend<T>(work: (shard: number) => Promise<T>): Promise<T> {
    const shard = this.#free.pop();
    if (shard === undefined) throw new Error('More flushes are under way than there are shards');
    try {
      return await work(shard);
    } finally {
      this.#free.push(shard);
    }
  }
}
