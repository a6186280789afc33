const SHARDS = 32;
/** The shard of imports: an account has one import at a time, and no post waits for its transactions. */
export const IMPORTS_SHARD = SHARDS;
/** The shard of forced replays, which come one at a time. */
export const REPLAYS_SHARD = SHARDS + 1;

/**
 * Lends each flush under way a shard of its own, so that no two flushes of a process update the same row of
 * `message_counts`. Each process starts at a random shard. Two processes on the same shard wait for each other's
 * commits and still count correctly.
 */
export class CounterShards {
  readonly #free: number[];

  constructor(count: number, random: () => number = Math.random) {
    const first = Math.floor(random() * Math.floor(SHARDS / count)) * count;
    this.#free = Array.from({ length: count }, (_, index) => first + index);
  }

  /** Lends a shard for as long as `work` takes. */
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
