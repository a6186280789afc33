const COMPACT_FROM = 256;

/** First in, first out, at the cost of an array. Shifted items are released also when the queue never gets empty. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The item that {@link shift} answers next. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** The item that is shifted after `index` others. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) this.#compact();
    return item;
  }

  /** Removes all items and answers them in order. */
  drain(): T[] {
    this.#compact();
    return this.#items.splice(0) as T[];
  }

  /** Removes the items for which `isExtracted` holds and answers them in order; the others keep their order. */
  extract(isExtracted: (item: T) => boolean): T[] {
    const { true: extracted = [], false: kept = [] } = Object.groupBy(this.drain(), (item) =>
      isExtracted(item) ? 'true' : 'false',
    );
    this.#items = kept;
    return extracted;
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
