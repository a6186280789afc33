import { randomUUID } from 'node:crypto';
import type { Change } from './change.ts';
import { Refusal } from './refusal.ts';
import type { AddOn, Authorization } from './world.ts';

const GRANT_LIFE_MS = 5 * 60_000;
/** `expires_in` of Heroku's responses. */
export const TOKEN_LIFE_SECONDS = 28_799;

/** The `oauth_grant` of a provision request. Heroku writes the offset of `expires_at` without a colon. */
export function createGrant({ world, nowMs }: Change, addOn: AddOn) {
  const grant = { code: randomUUID(), addOnId: addOn.uuid, expiresAtMs: nowMs + GRANT_LIFE_MS };
  world.grants = [...world.grants.filter(({ expiresAtMs }) => expiresAtMs > nowMs), grant];
  return {
    code: grant.code,
    expires_at: `${new Date(grant.expiresAtMs).toISOString().slice(0, 19)}+0000`,
    type: 'authorization_code' as const,
  };
}

/** Exchanges a grant for tokens: once, within five minutes. Throws Refusal otherwise. */
export function exchangeGrant({ world, nowMs }: Change, code: string): Authorization {
  const grant = world.grants.find((candidate) => candidate.code === code);
  world.grants = world.grants.filter((candidate) => candidate !== grant);
  if (grant === undefined || grant.expiresAtMs <= nowMs) throw invalidGrant();
  const authorization = {
    addOnId: grant.addOnId,
    accessToken: newToken(),
    refreshToken: newToken(),
    userId: randomUUID(),
    expiresAtMs: nowMs + TOKEN_LIFE_SECONDS * 1000,
  };
  world.authorizations.push(authorization);
  return authorization;
}

/** Replaces the access token, and with `rotates` the refresh token. Throws Refusal for an unknown refresh token. */
export function refreshGrant(
  { world, nowMs }: Change,
  { refreshToken, rotates }: { refreshToken: string; rotates: boolean },
): Authorization {
  const authorization = world.authorizations.find((candidate) => candidate.refreshToken === refreshToken);
  if (authorization === undefined) throw invalidGrant();
  authorization.accessToken = newToken();
  authorization.expiresAtMs = nowMs + TOKEN_LIFE_SECONDS * 1000;
  if (rotates) authorization.refreshToken = newToken();
  return authorization;
}

function invalidGrant(): Refusal {
  return new Refusal(400, 'invalid_grant', 'The grant is not valid: it was used, has expired or never was.');
}

function newToken(): string {
  return `HRKU-${randomUUID()}`;
}
