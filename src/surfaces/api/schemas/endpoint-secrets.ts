import { z } from 'zod';

const MAX_SECONDS = 30 * 86_400;

/** Printable ASCII, because secrets are pasted; no space at the ends, because pasting drops it. */
const PRINTABLE = /^[\x21-\x7e][\x20-\x7e]{14,254}[\x21-\x7e]$/;
/** A Standard Webhooks secret must decode to bytes, because receivers would otherwise verify with another key. */
const STANDARD = /^whsec_(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/;

/** The text that signs; with `whsec_` the libraries of Standard Webhooks decode what follows. */
export const signingSecret = z
  .string()
  .max(256)
  .regex(PRINTABLE, 'must be 16 to 256 printable ASCII characters, without a space at its ends')
  .refine(
    (value) => !value.startsWith('whsec_') || STANDARD.test(value),
    'must be base64 of at least 16 bytes after whsec_',
  );

export const secretRotation = z
  .strictObject({
    grace_seconds: z
      .int()
      .min(0)
      .max(MAX_SECONDS)
      .default(86_400)
      .describe('For how long the present secret signs, too; at most 30 days. 0: not at all.'),
    secret: signingSecret
      .optional()
      .describe('The new secret, if you bring one along from another service; by default a random one.'),
  })
  .meta({ id: 'SecretRotationInput' })
  .transform((input) => ({ graceSeconds: input.grace_seconds, secret: input.secret }));
