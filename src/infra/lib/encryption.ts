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
  /** Only read with, so that a rotation needs no moment at which everything is sealed anew. */
  previous?: Secret | undefined;
}

/**
 * AES-256-GCM with a random nonce, and a key that is derived anew for each seal from a random salt: NIST SP 800-38D allows
 * 2^32 random nonces for one key, and of answers to requests a busy process seals as many within weeks. The layout is:
 * version, key id, salt, nonce, tag, ciphertext; what comes before the nonce and the owner are authenticated with it.
 */
export function createCipher({ current, previous }: CipherOptions): Cipher {
  const writing = deriveKey(current);
  const reading = previous === undefined ? [writing] : [writing, deriveKey(previous)];

  return {
    encrypt(plain, owner) {
      const salt = randomBytes(SALT_BYTES);
      const head = Buffer.concat([Buffer.of(VERSION), writing.id, salt]);
      const nonce = randomBytes(NONCE_BYTES);
      const key = saltedKey(writing, salt);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(head, owner));
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([head, nonce, cipher.getAuthTag(), sealed]);
    },

    decrypt(sealed, owner) {
      const headBytes = HEAD_BYTES_BY_VERSION.get(sealed[0] ?? 0);
      if (headBytes === undefined || sealed.length < headBytes + NONCE_BYTES + TAG_BYTES) {
        throw new Error('not a sealed secret');
      }
      const head = sealed.subarray(0, headBytes);
      const sealing = reading.find(({ id }) => id.equals(head.subarray(1, 1 + KEY_ID_BYTES)));
      if (sealing === undefined) throw new Error('sealed under an encryption key that is not configured');

      const rest = sealed.subarray(headBytes);
      const key =
        sealed[0] === VERSION ? saltedKey(sealing, head.subarray(1 + KEY_ID_BYTES)) : sealing.unsalted;
      const nonce = rest.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
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
/** The first had no salt. It is only read. */
const HEAD_BYTES_BY_VERSION = new Map([
  [1, 1 + KEY_ID_BYTES],
  [VERSION, 1 + KEY_ID_BYTES + SALT_BYTES],
]);
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface DerivedKey {
  /** Tells which key sealed a value; derived apart from the key, so it says nothing about it. */
  id: Buffer;
  /** Keys of single seals are derived from it. */
  root: KeyObject;
  /** Of the first version. */
  unsalted: KeyObject;
}

const saltedKey = ({ root }: DerivedKey, salt: Buffer): Buffer =>
  createHmac('sha256', root).update(salt).digest();

function deriveKey(secret: Secret): DerivedKey {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret.reveal(), '', `encryption at rest v1: ${purpose}`, bytes));
  return {
    id: derive('key id', KEY_ID_BYTES),
    root: createSecretKey(derive('root', 32)),
    unsalted: createSecretKey(derive('key', 32)),
  };
}

/** The head's first byte says how long it is, so no other pair of head and owner gives the same bytes. */
function associatedData(head: Buffer, owner: string): Buffer {
  return Buffer.concat([head, Buffer.from(owner, 'utf8')]);
}
