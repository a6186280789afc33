import type { KeyObject } from 'node:crypto';
import { createSigningKey, createStandardSigningKey } from '#src/infra/lib/signature.ts';

/** One live secret of an endpoint. */
export interface SigningKey {
  /** For our own header: the secret's text. */
  own: KeyObject;
  /** For Standard Webhooks: the same, unless the secret was brought along from another such service. */
  standard: KeyObject;
  /** Until when it signs; of the present secret: always. Looked at with every attempt, so that a cached one ends in time. */
  untilMs: number;
}

export function signingKeyOf(secret: string, untilMs = Infinity): SigningKey {
  return { own: createSigningKey(secret), standard: createStandardSigningKey(secret), untilMs };
}
