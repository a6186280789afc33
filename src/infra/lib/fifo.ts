const COMPACT_FROM = 256;

/** First in, first out, at the cost of an array: lets go of what was taken, also when it is never empty. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.length === 0) return undefined;
    this.#head += 1;
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) this.#compact();
    return item;
  }

  /** All of it, in order; it is empty then. */
  drain(): T[] {
    this.#compact();
    return this.#items.splice(0);
  }

  /** Takes out those that `isTaken`, in order; the others stay in theirs. */
  extract(isTaken: (item: T) => boolean): T[] {
    const { true: taken = [], false: kept = [] } = Object.groupBy(this.drain(), (item) =>
      isTaken(item) ? 'true' : 'false',
    );
    this.#items = kept;
    return taken;
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
