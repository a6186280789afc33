import { z } from 'zod';
import { isUuid } from '#src/infra/lib/ids.ts';
import { isOneOf } from '#src/infra/lib/same-text.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { resourceToken, userScopedToken } from './sso-tokens.ts';

const MAX_AGE_MS = 5 * 60_000;
/** Tolerated lead of Heroku's clock over ours. */
const MAX_SKEW_MS = 60_000;

const resourceId = z.string().refine(isUuid);
const token = z.string().max(200);

/**
 * The form's fields, each at most once. A user id must not contain a colon, because the hashed text joins its parts
 * with colons, and the same token would be valid for another split of user id and email.
 */
const fields = z.object({
  timestamp: z.string().regex(/^\d{1,12}$/),
  resource_id: resourceId.optional(),
  id: resourceId.optional(),
  user_scoped_resource_token: token.optional(),
  resource_token: token.optional(),
  token: token.optional(),
  user_id: z
    .string()
    .regex(/^[\w-]{1,128}$/)
    .optional(),
  email: z
    .string()
    .max(320)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u)
    .optional(),
});
type Fields = z.infer<typeof fields>;

export interface SignOn {
  resourceId: string;
  /** Null when the token does not cover the person, because the form's user fields are unverified then. */
  person: { herokuUserId: string; email: string } | null;
  /** The token that was verified. */
  token: string;
  /** The other tokens of the same form, to be consumed together with `token`. */
  otherTokens: string[];
  /** When the token expires. */
  expiresAtMs: number;
}

export type Refusal = 'malformed' | 'expired' | 'wrong_token';

interface Rules {
  salts: Secret[];
  acceptsLegacyTokens: boolean;
  nowMs: number;
}

/** Verifies Heroku's sign-on form. Pure: the caller checks whether the token was used before. */
export function verifySignOn(form: unknown, rules: Rules): SignOn | Refusal {
  const parsed = fields.safeParse(form);
  if (!parsed.success) return 'malformed';
  const given = parsed.data;
  const sentAtMs = Number(given.timestamp) * 1000;
  if (rules.nowMs - sentAtMs > MAX_AGE_MS || sentAtMs - rules.nowMs > MAX_SKEW_MS) return 'expired';

  const salts = rules.salts.map((salt) => salt.reveal()).filter((salt) => salt !== '');
  const claim = strongestClaim(given, salts, rules.acceptsLegacyTokens);
  if (claim === null) return 'malformed';
  if (!isOneOf(claim.token, claim.expected)) return 'wrong_token';
  const tokens = [given.user_scoped_resource_token, given.resource_token, given.token];
  return {
    resourceId: claim.resourceId.toLowerCase(),
    person: claim.person,
    token: claim.token,
    otherTokens: tokens.filter((other) => other !== undefined && other !== claim.token) as string[],
    expiresAtMs: sentAtMs + MAX_AGE_MS,
  };
}

interface Claim extends Pick<SignOn, 'resourceId' | 'person' | 'token'> {
  /** The expected token under each valid salt. */
  expected: string[];
}

/** The strongest token of the form decides. A weaker valid token does not make up for a wrong stronger one. */
function strongestClaim(given: Fields, salts: string[], acceptsLegacyTokens: boolean): Claim | null {
  if (given.user_scoped_resource_token !== undefined) return userScopedClaim(given, salts);
  if (!acceptsLegacyTokens) return null;
  if (given.resource_token !== undefined) {
    return legacyClaim(given.resource_id, given.resource_token, { salts, timestamp: given.timestamp });
  }
  return legacyClaim(given.id, given.token, { salts, timestamp: given.timestamp });
}

function userScopedClaim(given: Fields, salts: string[]): Claim | null {
  const { resource_id: id, user_scoped_resource_token: token, user_id: userId, email, timestamp } = given;
  if (id === undefined || token === undefined || userId === undefined || !email) return null;
  return {
    resourceId: id,
    person: { herokuUserId: userId, email },
    token,
    expected: salts.map((salt) => userScopedToken({ resourceId: id, salt, timestamp, userId, email })),
  };
}

function legacyClaim(
  id: string | undefined,
  token: string | undefined,
  { salts, timestamp }: { salts: string[]; timestamp: string },
): Claim | null {
  if (id === undefined || token === undefined) return null;
  const expected = salts.map((salt) => resourceToken({ resourceId: id, salt, timestamp }));
  return { resourceId: id, person: null, token, expected };
}
