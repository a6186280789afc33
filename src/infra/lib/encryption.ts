import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
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
  /** Opens what it sealed, and seals nothing, so that a rotation need not seal everything anew at one moment. */
  previous?: Secret | undefined;
}

/**
 * AES-256-GCM with a random nonce, and a key that is derived anew for each seal from a random salt, because NIST SP
 * 800-38D allows 2^32 random nonces for one key, and a busy process seals as many answers to requests within weeks.
 * The layout is: version, key id, salt, nonce, tag, ciphertext. The owner and all before the nonce are authenticated.
 */
export function createCipher({ current, previous }: CipherOptions): Cipher {
  const sealingKey = deriveKey(current);
  const openingKeys = previous === undefined ? [sealingKey] : [sealingKey, deriveKey(previous)];

  return {
    encrypt(plain, owner) {
      const salt = randomBytes(SALT_BYTES);
      const head = Buffer.concat([Buffer.of(VERSION), sealingKey.id, salt]);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', saltedKey(sealingKey, salt), nonce);
      cipher.setAAD(associatedData(head, owner));
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([head, nonce, cipher.getAuthTag(), sealed]);
    },

    decrypt(sealed, owner) {
      if (sealed[0] !== VERSION || sealed.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES) {
        throw new Error('not a sealed secret');
      }
      const head = sealed.subarray(0, HEAD_BYTES);
      const key = openingKeys.find(({ id }) => id.equals(head.subarray(1, 1 + KEY_ID_BYTES)));
      if (key === undefined) throw new Error('sealed under an encryption key that is not configured');

      const salt = head.subarray(1 + KEY_ID_BYTES);
      const rest = sealed.subarray(HEAD_BYTES);
      const nonce = rest.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', saltedKey(key, salt), nonce, {
        authTagLength: TAG_BYTES,
      })
        .setAAD(associatedData(head, owner))
        .setAuthTag(rest.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const plain = [decipher.update(rest.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
      return Buffer.concat(plain).toString('utf8');
    },
  };
}

const VERSION = 2;
const KEY_ID_BYTES = 4;
const SALT_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + SALT_BYTES;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface DerivedKey {
  /** Says which key sealed a value; derived apart from the key, so it says nothing about it. */
  id: Buffer;
  /** Keys of single seals are derived from it. */
  root: KeyObject;
}

const saltedKey = ({ root }: DerivedKey, salt: Buffer): Buffer =>
  createHmac('sha256', root).update(salt).digest();

function deriveKey(secret: Secret): DerivedKey {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret.reveal(), '', `encryption at rest v1: ${purpose}`, bytes));
  return { id: derive('key id', KEY_ID_BYTES), root: createSecretKey(derive('root', 32)) };
}

/** The head has one length, so no other pair of head and owner gives the same bytes. */
function associatedData(head: Buffer, owner: string): Buffer {
  return Buffer.concat([head, Buffer.from(owner, 'utf8')]);
}
