import type { Span } from './json-text.ts';

/** Most bytes of a UTF-16 code unit in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Whether a part of `text` has more than `bytes` bytes as UTF-8. Only a part whose length leaves it open is measured.
 */
export function isLargerThan(bytes: number, text: string, { start, end }: Span): boolean {
  const units = end - start;
  if (units > bytes) return true;
  return units * MAX_BYTES_PER_UNIT > bytes && Buffer.byteLength(text.slice(start, end)) > bytes;
}
