import { createHash, createHmac } from 'node:crypto';
import { type Deviation, type Reading, right, wrong } from './deviation.ts';

/** How a signature may have been made: one reading of each step. */
export interface Steps {
  keys: Reading<Buffer>[];
  starts: Reading<string>[];
  bodies: Reading<string>[];
  hashes: Reading<Hash>[];
}

type Hash = (key: Buffer, text: string) => Buffer;

const hmac =
  (name: string): Hash =>
  (key, text) =>
    createHmac(name, key).update(text).digest();
const hash: Hash = (key, text) => createHash('sha256').update(key).update(text).digest();
const bare: Hash = (_key, text) => createHash('sha256').update(text).digest();

export const SHA256: Reading<Hash>[] = [right(hmac('sha256'))];

/** The right hash, and those that code uses by mistake. */
export const HASHES: Reading<Hash>[] = [
  ...SHA256,
  ...['sha1', 'sha512', 'md5', 'sha384'].map((name) => wrong(hmac(name), 'hash_wrong', name.toUpperCase())),
  wrong(hash, 'hash_without_key'),
  wrong(bare, 'hash_without_key'),
];

/** Two mistakes at once are looked for in bodies of at most so many characters: some thousand hashes. */
const MAX_FOR_TWO = 8192;

/**
 * The fewest deviations that make one of `digests`; null: none of what is looked for does. Looks for two at most, and
 * for one in a long body.
 */
export function findDeviations(steps: Steps, digests: Buffer[]): Deviation[] | null {
  const length = steps.bodies[0]?.value.length ?? 0;
  for (let count = 0; count <= (length > MAX_FOR_TWO ? 1 : 2); count += 1) {
    const found = withDeviations(steps, digests, count);
    if (found !== null) return found;
  }
  return null;
}

function withDeviations(steps: Steps, digests: Buffer[], count: number): Deviation[] | null {
  for (const body of steps.bodies) {
    for (const start of steps.starts) {
      if (cost(body) + cost(start) > count) continue;
      const text = start.value + body.value;
      for (const hashing of steps.hashes) {
        for (const key of steps.keys) {
          const taken = [body, start, hashing, key];
          if (taken.reduce((sum, one) => sum + cost(one), 0) !== count) continue;
          const digest = hashing.value(key.value, text);
          if (digests.some((one) => one.equals(digest))) {
            return taken.flatMap(({ deviation }) => (deviation === null ? [] : [deviation]));
          }
        }
      }
    }
  }
  return null;
}

const cost = ({ deviation }: Reading<unknown>) => (deviation === null ? 0 : 1);
