/** So many chunks a body may have, whatever their size. */
const FREE_CHUNKS = 2000;
const MIN_AVERAGE_BYTES = 16;

/**
 * The chunks of a body. Each costs a microsecond or two, whatever its size, and a packet holds ten thousand of one
 * byte, which nobody sends who has something to say.
 */
export class TinyChunks {
  #chunks = 0;
  #bytes = 0;

  /** Counts a chunk. Whether the body is broken into too small ones. */
  add(bytes: number): boolean {
    this.#chunks += 1;
    this.#bytes += bytes;
    return this.#chunks > FREE_CHUNKS && this.#bytes < this.#chunks * MIN_AVERAGE_BYTES;
  }
}
