import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { currentBeneficiary } from '#src/infra/lib/on-behalf.ts';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';

// Argon2id of node:crypto, because it is OWASP's first choice and OpenSSL's own: no library beside it is better kept,
// and scrypt of the same strength takes three times as long.

/** OWASP's minimum: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const TAG_BYTES = 32;
const SALT_BYTES = 16;

const MIN_CHARACTERS = 10;
const MAX_CHARACTERS = 200;

/** A new password: long, and of any characters (NIST SP 800-63B: no rules about kinds of characters). */
export const newPassword = z
  .string('Choose a password.')
  .min(MIN_CHARACTERS, `Use at least ${String(MIN_CHARACTERS)} characters: several words are good.`)
  .max(MAX_CHARACTERS, `Use at most ${String(MAX_CHARACTERS)} characters.`)
  .refine((text) => new Set(text).size > 4, 'Use more than four different characters.');

/** A password that somebody types to sign in. */
export const typedPassword = z
  .string('Type your password.')
  .min(1, 'Type your password.')
  .max(MAX_CHARACTERS);

/**
 * Each hash takes 19 MiB and a thread of the pool, of which file and name look-ups need some. Addresses in round robin,
 * so that one's many passwords do not delay another's sign-in.
 */
const oneOfTwo = createSemaphore(2);

const derive = promisify(argon2);

/** A PHC string: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await tagOf(password, salt, COST);
  const { memory, passes, parallelism } = COST;
  const cost = `m=${String(memory)},t=${String(passes)},p=${String(parallelism)}`;
  return `$argon2id$v=19$${cost}$${base64(salt)}$${base64(hash)}`;
}

/** Without a hash it takes as long and answers false, so that the time does not tell whether an address is known. */
export async function isPassword(password: string, phc: string | null): Promise<boolean> {
  const [, memory, passes, parallelism, salt, hash] = FORM.exec(phc ?? '') ?? [];
  if (salt === undefined || hash === undefined) {
    await tagOf(password, Buffer.alloc(SALT_BYTES), COST);
    return false;
  }
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  return timingSafeEqual(
    await tagOf(password, Buffer.from(salt, 'base64'), cost),
    Buffer.from(hash, 'base64'),
  );
}

const FORM = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

/** The same characters may come in several forms of Unicode, by the keyboard. */
function tagOf(password: string, nonce: Buffer, cost: typeof COST): Promise<Buffer> {
  const message = password.normalize('NFKC');
  const hash = () => derive('argon2id', { message, nonce, tagLength: TAG_BYTES, ...cost });
  return oneOfTwo(hash, currentBeneficiary());
}

/** PHC strings have no padding. */
const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
