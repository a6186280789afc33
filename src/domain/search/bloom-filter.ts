import { foldCase, decodeJsonEscapes, wordsOf } from './words.ts';

// A split-block Bloom filter as Parquet defines it: the eight bits of a term lie within one bucket of 32 bytes, so
// that one short read tells whether the block may contain the term. At two bytes a term, one of 2,000 absent terms
// seems present.

const BUCKET_BYTES = 32;
const TERMS_PER_BUCKET = 16;

export class BloomFilter {
  readonly #hashes = new Set<number>();

  /** Adds all words of a text, each behind the prefix. */
  addText(text: string, prefix = ''): void {
    const read = decodeJsonEscapes(text);
    if (this.#addAscii(read, unfinishedHashOf(prefix))) return;
    for (const word of wordsOf(foldCase(read))) this.add(prefix + word);
  }

  /** Adds one word, or a filter term. */
  add(word: string): void {
    this.#hashes.add(hashOf(word));
  }

  toBytes(): Buffer {
    const buckets = Math.max(1, Math.ceil(this.#hashes.size / TERMS_PER_BUCKET));
    const bytes = Buffer.alloc(buckets * BUCKET_BYTES);
    for (const hash of this.#hashes) {
      const start = Math.floor((hash * buckets) / TWO_TO_32) * BUCKET_BYTES;
      for (const bit of bitsOf(hash)) {
        const at = start + (bit >> 3);
        bytes[at] = (bytes[at] ?? 0) | (1 << (bit & 7));
      }
    }
    return bytes;
  }

  /**
   * Hashes without cutting out strings, because nearly all payloads are ASCII. False at the first character that is
   * not.
   */
  #addAscii(text: string, seed: number): boolean {
    let hash = seed;
    let isInWord = false;
    for (let at = 0; at < text.length; at += 1) {
      const code = CODES[text.charCodeAt(at)];
      if (code === undefined) return false;
      if (code !== 0) {
        hash = mix(hash, code);
        isInWord = true;
      } else if (isInWord) {
        this.#hashes.add(finish(hash));
        hash = seed;
        isInWord = false;
      }
    }
    if (isInWord) this.#hashes.add(finish(hash));
    return true;
  }
}

/**
 * SQL: whether the filter in `column` may contain `term`. The SQL contains only numbers, nothing of the term's text.
 */
export function mayContainSql(column: string, term: string): string {
  const hash = hashOf(term);
  const start = `((${String(hash)}::bigint * (octet_length(${column}) / ${String(BUCKET_BYTES)})) >> 32) * ${String(BUCKET_BYTES)} + 1`;
  const bits = bitsOf(hash).map((bit) => `get_bit(bucket, ${String(bit)}) = 1`);
  return `(select ${bits.join(' and ')}
    from (select substring(${column} from (${start})::int for ${String(BUCKET_BYTES)}) as bucket offset 0) bucket)`;
}

const TWO_TO_32 = 2 ** 32;
const SEED = 0x811c9dc5;

/** By ASCII code: the lower case of a letter or digit, 0 for a separator. */
const CODES = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase();
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : 0;
});

const hashOf = (word: string) => finish(unfinishedHashOf(word));

function unfinishedHashOf(text: string): number {
  let hash = SEED;
  for (let at = 0; at < text.length; at += 1) hash = mix(hash, text.charCodeAt(at));
  return hash;
}

/** FNV-1a over UTF-16 code units; `finish` is the finalizer of MurmurHash3, by which each bit depends on all. */
const mix = (hash: number, code: number) => Math.imul(hash ^ code, 0x01000193);

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The salts of Parquet's specification. */
const SALTS = [
  0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
] as const;

/** One bit of each 32-bit word of a bucket. */
function bitsOf(hash: number): number[] {
  return SALTS.map((salt, index) => index * 32 + (Math.imul(hash, salt) >>> 27));
}
