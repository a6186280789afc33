/** A smaller one is cheaper as garbage. */
const MIN_BYTES = 4096;

/**
 * Gives the memory of a buffer back at once, and not at some garbage collection: for large ones, which are many before
 * V8 collects them. Whoever still has it finds it empty. One that shares its memory with others keeps it.
 */
export function freeBytes({ buffer, byteLength }: Buffer): void {
  if (byteLength < MIN_BYTES) return;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
