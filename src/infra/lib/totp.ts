import { createHmac, timingSafeEqual } from 'node:crypto';

// Codes of authenticator apps: RFC 6238 with the values that all apps take, SHA-1, six digits, 30 seconds.

const STEP_MS = 30_000;
const DIGITS = 6;
/** Steps that a clock may be wrong by. */
const MAX_SKEW_STEPS = 1;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The time step of a code; null when it is none of now. A step may be used once: refuse one that is not later than the
 * last that was taken (section 5.2).
 */
export function stepOfCode(secret: Buffer, code: string, nowMs: number): number | null {
  const now = Math.floor(nowMs / STEP_MS);
  const given = Buffer.from(code.replaceAll(/\s/g, ''));
  for (let step = Math.max(0, now - MAX_SKEW_STEPS); step <= now + MAX_SKEW_STEPS; step += 1) {
    const expected = Buffer.from(codeAt(secret, step));
    if (given.length === expected.length && timingSafeEqual(given, expected)) return step;
  }
  return null;
}

/** The code of a time step (RFC 4226, section 5.3). */
export function codeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', secret).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 0xf;
  const number = hash.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** Base32 without padding (RFC 4648), as apps take a secret. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => ALPHABET[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}

/** The address that a QR code holds for an app. */
export function otpauthUrl(secret: Buffer, { issuer, account }: { issuer: string; account: string }): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}`;
}
