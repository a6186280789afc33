import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Secret } from './secret.ts';

export interface Cipher {
  /** Seals `plain` for `owner` (say, `endpoint:<id>`): another owner's row cannot be made to hold it. */
  encrypt(plain: string, owner: string): Buffer;
  /** Throws when `sealed` was changed, belongs to another owner, or was sealed under a key that is gone. */
  decrypt(sealed: Buffer, owner: string): string;
}

interface CipherOptions {
  current: Secret;
  /** Only read with, so that a rotation needs no moment at which everything is sealed anew. */
  previous?: Secret | undefined;
}

/**
 * AES-256-GCM with a random nonce (NIST SP 800-38D allows 2^32 of them for one key; we seal a few for each
 * endpoint). The layout is: version, key id, nonce, tag, ciphertext; what comes before the nonce and the owner are
 * authenticated with it.
 */
export function createCipher({ current, previous }: CipherOptions): Cipher {
  const writing = deriveKey(current);
  const reading = previous === undefined ? [writing] : [writing, deriveKey(previous)];

  return {
    encrypt(plain, owner) {
      const head = Buffer.concat([Buffer.of(VERSION), writing.id]);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', writing.key, nonce).setAAD(associatedData(head, owner));
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([head, nonce, cipher.getAuthTag(), sealed]);
    },

    decrypt(sealed, owner) {
      if (sealed.length < OVERHEAD_BYTES || sealed[0] !== VERSION) throw new Error('not a sealed secret');
      const head = sealed.subarray(0, HEAD_BYTES);
      const key = reading.find(({ id }) => id.equals(head.subarray(1)));
      if (key === undefined) throw new Error('sealed under an encryption key that is not configured');

      const nonce = sealed.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key.key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(associatedData(head, owner))
        .setAuthTag(sealed.subarray(HEAD_BYTES + NONCE_BYTES, OVERHEAD_BYTES));
      const plain = [decipher.update(sealed.subarray(OVERHEAD_BYTES)), decipher.final()];
      return Buffer.concat(plain).toString('utf8');
    },
  };
}

const VERSION = 1;
const KEY_ID_BYTES = 4;
const HEAD_BYTES = 1 + KEY_ID_BYTES;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;

interface DerivedKey {
  /** Tells which key sealed a value; derived apart from the key, so it says nothing about it. */
  id: Buffer;
  key: KeyObject;
}

function deriveKey(secret: Secret): DerivedKey {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret.reveal(), '', `encryption at rest v1: ${purpose}`, bytes));
  return { id: derive('key id', KEY_ID_BYTES), key: createSecretKey(derive('key', 32)) };
}

/** The head has a fixed length, so no other pair of head and owner gives the same bytes. */
function associatedData(head: Buffer, owner: string): Buffer {
  return Buffer.concat([head, Buffer.from(owner, 'utf8')]);
}
