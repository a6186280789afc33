/** Of WebAssembly. One that grew has another buffer. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
}

const BLOCK_BYTES = 16 * 1024;
const ZEROS = new Uint8Array(BLOCK_BYTES);

/**
 * A copy of what the memory of a WebAssembly module holds, to be put back between calls. Blocks of zeros are left out,
 * but for the first of a row, because static data or a heap may end with zeros of its own. The others are of the stack,
 * where nothing is alive between calls, or were never allocated.
 */
export class MemorySnapshot {
  readonly #memory: Memory;
  readonly #blocks: { offset: number; bytes: Uint8Array }[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
    const all = new Uint8Array(memory.buffer);
    let isAfterZeros = false;
    for (let offset = 0; offset < all.length; offset += BLOCK_BYTES) {
      const bytes = all.slice(offset, offset + BLOCK_BYTES);
      const isZeros = Buffer.compare(bytes, ZEROS) === 0;
      if (!isZeros || !isAfterZeros) this.#blocks.push({ offset, bytes });
      isAfterZeros = isZeros;
    }
  }

  restore(): void {
    const all = new Uint8Array(this.#memory.buffer);
    for (const { offset, bytes } of this.#blocks) all.set(bytes, offset);
  }
}
