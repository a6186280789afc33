const MOST = 32;
/** Of imports: an account has one at a time, and no post waits for its transactions. */
export const IMPORTS_SLOT = MOST;

/**
 * Numbers for the flushes of a process that are under way at once, so that no two of them raise the same row of
 * `message_counts`. Processes begin at different places; two that meet wait for each other's commits, and count right.
 */
export class Slots {
  readonly #free: number[];

  constructor(count: number, random: () => number = Math.random) {
    const first = Math.floor(random() * Math.floor(MOST / count)) * count;
    this.#free = Array.from({ length: count }, (_, index) => first + index);
  }

  /** Lends a number for as long as `work` takes. */
  async lend<T>(work: (slot: number) => Promise<T>): Promise<T> {
    const slot = this.#free.pop();
    if (slot === undefined) throw new Error('More flushes are under way than there are slots');
    try {
      return await work(slot);
    } finally {
      this.#free.push(slot);
    }
  }
}
