import { z } from 'zod';

const secretMask = z
  .strictObject({ set: z.literal(true), hint: z.string().max(10).optional() })
  .meta({ id: 'SecretMask', description: 'Stands for a secret that is set, and is not answered.' });

export type SecretMask = z.output<typeof secretMask>;

/** A secret as it is given; or, as it is answered, its mask: sent back, it leaves the secret as it is. */
export const secretText = (secret: z.ZodString) =>
  z
    .union([secret, secretMask])
    .describe('Never answered: what is answered can be sent back and changes nothing.');

/**
 * So many characters have secrets with a hint, because who knows signatures may try secrets: what the hint leaves must
 * be beyond that (71 bits of 12 random letters and digits).
 */
const HINTED_FROM = 16;

export function maskOf(secret: string): SecretMask {
  return secret.length < HINTED_FROM ? { set: true } : { set: true, hint: `…${secret.slice(-4)}` };
}

/** A mask without a hint, of what has no telling end. */
export const BARE_MASK: SecretMask = { set: true };

export const isMask = (value: unknown): value is SecretMask => secretMask.safeParse(value).success;
