import { z } from 'zod';

/** What Heroku gives with a provision, to be exchanged for tokens within five minutes. */
export interface Grant {
  code: string;
  expiresAtMs: number;
}

const LIFE_MS = 5 * 60_000;

const grantField = z.object({
  code: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\x21-\x7e]+$/),
  type: z.literal('authorization_code').nullish(),
  expires_at: z.unknown().optional(),
});

/** Reads `oauth_grant`. Never refuses: what cannot be read is no reason to fail the customer's installation. */
export function readGrant(given: unknown, nowMs: number): Grant | 'unreadable' | null {
  if (given === null || given === undefined) return null;
  const parsed = grantField.safeParse(given);
  if (!parsed.success) return 'unreadable';
  const { code, expires_at: expiresAt } = parsed.data;
  // Heroku writes an offset without a colon (-0800), which RFC 3339 does not know but Date does.
  const statedMs = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN;
  // A year that no grant can have is no time either; Date knows some that PostgreSQL does not.
  const isReadable = statedMs >= 0;
  return { code, expiresAtMs: isReadable ? statedMs : nowMs + LIFE_MS };
}
