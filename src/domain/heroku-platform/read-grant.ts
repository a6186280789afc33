import { z } from 'zod';

/** OAuth's authorization code, which Heroku sends with a provision. It lives for five minutes. */
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

/** Reads `oauth_grant`. Never throws, because an unreadable grant is no reason to fail the customer's installation. */
export function readGrant(given: unknown, nowMs: number): Grant | 'unreadable' | null {
  if (given === null || given === undefined) return null;
  const parsed = grantField.safeParse(given);
  if (!parsed.success) return 'unreadable';
  const { code, expires_at: expiresAt } = parsed.data;
  // Heroku writes an offset without a colon (-0800): RFC 3339 forbids it, Date.parse reads it.
  const statedMs = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN;
  // Date.parse accepts years that PostgreSQL does not; a time before 1970 is none of a grant.
  const isReadable = statedMs >= 0;
  return { code, expiresAtMs: isReadable ? statedMs : nowMs + LIFE_MS };
}
