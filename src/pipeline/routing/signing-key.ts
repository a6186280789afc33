import type { HmacKey } from '#src/infra/lib/hmac-key.ts';
import { createSigningKey, createStandardSigningKey } from '#src/infra/lib/signature.ts';

/** A secret of an endpoint that signs. */
export interface SigningKey {
  /** The key of our own header: the secret's text. */
  own: HmacKey;
  /** The key of Standard Webhooks: the same, unless the secret was imported from another such service. */
  standard: HmacKey;
  /**
   * When the key stops to sign; `Infinity` for the current secret. Compared at every attempt, because keys are cached.
   */
  untilMs: number;
}

export function signingKeyOf(secret: string, untilMs = Infinity): SigningKey {
  return { own: createSigningKey(secret), standard: createStandardSigningKey(secret), untilMs };
}
