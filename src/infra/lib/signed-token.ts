import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Secret } from './secret.ts';

export interface TokenSigner {
  /** A token for a URL that carries `payload`, readable by anybody, and is valid for `expiresInSeconds`. */
  sign(payload: object, expiresInSeconds: number): string;
  /** The payload, or null when the token was not signed by us for this purpose, was altered, or has expired. */
  verify(token: string): unknown;
}

/**
 * Signs links that need no row in the database. The key is derived (HKDF) for one `purpose`, so that a token of one
 * kind of link is worthless as another.
 */
export function createTokenSigner(secret: Secret, purpose: string, clock: Pick<Clock, 'now'>): TokenSigner {
  const key = createSecretKey(
    Buffer.from(hkdfSync('sha256', secret.reveal(), '', `signed token v1: ${purpose}`, 32)),
  );
  const signatureOf = (content: string) => createHmac('sha256', key).update(content).digest('base64url');

  return {
    sign(payload, expiresInSeconds) {
      const envelope: Envelope = { expiresAtMs: clock.now() + expiresInSeconds * 1000, payload };
      const content = Buffer.from(JSON.stringify(envelope), 'utf8').toString('base64url');
      return `${content}.${signatureOf(content)}`;
    },

    verify(token) {
      const dot = token.indexOf('.');
      const content = token.slice(0, Math.max(0, dot));
      if (!isSameText(token.slice(dot + 1), signatureOf(content))) return null;

      const envelope = JSON.parse(Buffer.from(content, 'base64url').toString('utf8')) as Envelope;
      return clock.now() < envelope.expiresAtMs ? envelope.payload : null;
    },
  };
}

interface Envelope {
  expiresAtMs: number;
  payload: object;
}

/** Compares the spelling, not the decoded bytes: base64url has several spellings of the same bytes. */
function isSameText(given: string, expected: string): boolean {
  const [one, two] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === two.length && timingSafeEqual(one, two);
}
