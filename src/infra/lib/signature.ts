import { HmacKey } from './hmac-key.ts';

/** The key to sign with: the UTF-8 bytes of a secret's text. To be kept, because making it costs more than signing. */
export function createSigningKey(secret: string): HmacKey {
  return new HmacKey(Buffer.from(secret, 'utf8'));
}

const STANDARD_PREFIX = 'whsec_';

/**
 * The key for Standard Webhooks: the secret's text, or, of a secret with that project's prefix, its decoded bytes. That
 * secret comes from another service, and the receivers decode it to bytes that need not be text.
 */
export function createStandardSigningKey(secret: string): HmacKey {
  if (!secret.startsWith(STANDARD_PREFIX)) return createSigningKey(secret);
  return new HmacKey(Buffer.from(secret.slice(STANDARD_PREFIX.length), 'base64'));
}

/** The value of HostedHooks' header, `t=<unix seconds>,s=<hex HMAC-SHA256 of "t.body">`. */
export function signHostedHooks(key: HmacKey, timestampSeconds: number, body: string | Buffer): string {
  const signature = key.sign(`${String(timestampSeconds)}.`, body, 'hex');
  return `t=${String(timestampSeconds)},s=${signature}`;
}

interface SignedMessage {
  id: string;
  timestampSeconds: number;
  body: string | Buffer;
}

/**
 * One entry of `webhook-signature` as Standard Webhooks 1.0 defines it, `v1,<base64>`. The header may hold several,
 * separated by spaces, so that a secret is rotated without a gap.
 */
export function signStandardWebhooks(key: HmacKey, { id, timestampSeconds, body }: SignedMessage): string {
  return `v1,${key.sign(`${id}.${String(timestampSeconds)}.`, body, 'base64')}`;
}

/** The secret as the libraries of Standard Webhooks take it: they decode the base64 to the bytes that we sign with. */
export function standardWebhooksSecret(secret: string): string {
  if (secret.startsWith(STANDARD_PREFIX)) return secret;
  return `${STANDARD_PREFIX}${Buffer.from(secret, 'utf8').toString('base64')}`;
}
