import { Fifo } from './fifo.ts';

/** A queue for each key, served in round robin; items of one key leave in the order in which they came. */
export class FairQueue<T> {
  /** In the order of service: the first key is served next. */
  readonly #queues = new Map<string, Fifo<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(key: string, item: T): void {
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new Fifo();
      this.#queues.set(key, queue);
    }
    queue.push(item);
    this.#size += 1;
  }

  /** Removes and answers up to `max` items, one of each key at a time. */
  shift(max: number): T[] {
    const items: T[] = [];
    while (items.length < max) {
      const next = this.#queues.entries().next();
      if (next.done === true) break;
      const [key, queue] = next.value;
      // The only key needs no round robin.
      const share = this.#queues.size === 1 ? max - items.length : 1;
      for (let count = 0; count < share && queue.length > 0; count += 1) items.push(queue.shift() as T);
      this.#queues.delete(key);
      if (queue.length > 0) this.#queues.set(key, queue);
    }
    this.#size -= items.length;
    return items;
  }
}
