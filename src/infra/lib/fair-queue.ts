import { Fifo } from './fifo.ts';

/** Waiting lines, one for each name, that are served in turn; within a line the first comes first. */
export class FairQueue<T> {
  /** The next one to be served is the first. */
  readonly #lines = new Map<string, Fifo<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(name: string, item: T): void {
    let line = this.#lines.get(name);
    if (line === undefined) {
      line = new Fifo();
      this.#lines.set(name, line);
    }
    line.push(item);
    this.#size += 1;
  }

  /** Takes up to `most` items, one of each line in turn. */
  take(most: number): T[] {
    const taken: T[] = [];
    while (taken.length < most) {
      const next = this.#lines.entries().next();
      if (next.done === true) break;
      const [name, line] = next.value;
      // Alone it need not take turns.
      const turns = this.#lines.size === 1 ? most - taken.length : 1;
      for (let turn = 0; turn < turns && line.length > 0; turn += 1) taken.push(line.shift() as T);
      this.#lines.delete(name);
      if (line.length > 0) this.#lines.set(name, line);
    }
    this.#size -= taken.length;
    return taken;
  }
}
