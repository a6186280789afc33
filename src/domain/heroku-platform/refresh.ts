import { setTimeout as pause } from 'node:timers/promises';
import type { PlatformParts } from './parts.ts';
import { PlatformTrouble } from './platform-errors.ts';
import { requestTokens, type TokenOutcome, type Tokens } from './token-endpoint.ts';
import { type AccessToken, findAccessToken, refreshOwner, sealTokens } from './token-rows.ts';

/** With less life left a token is refreshed before it is used. */
const MIN_LIFE_MS = 90_000;
/** Longer than a request for tokens may take. */
const LEASE_MS = 30_000;
const LOOK_MS = 200;

/** A token that will do for a call, or null when Heroku has not authorized us. */
export async function usableToken(parts: PlatformParts, resourceId: string): Promise<AccessToken | null> {
  const token = await findAccessToken(parts, resourceId);
  if (token === null || token.expiresAtMs - parts.clock.now() >= MIN_LIFE_MS) return token;
  return refresh(parts, token);
}

/**
 * The token after `stale`. One process refreshes at a time: it takes a lease in the row, by one statement, so that no
 * connection is held while Heroku is asked; the others look until the row has changed. A lease whose holder died runs out.
 */
export async function refresh(parts: PlatformParts, stale: AccessToken): Promise<AccessToken | null> {
  const untilMs = parts.clock.monotonicNow() + LEASE_MS;
  while (parts.clock.monotonicNow() < untilMs) {
    const sealed = await takeLease(parts, stale);
    if (sealed !== null) return refreshNow(parts, stale, sealed);
    const current = await findAccessToken(parts, stale.resourceId);
    if (current?.version !== stale.version) return current;
    await pause(LOOK_MS);
  }
  throw new PlatformTrouble('Another process has been refreshing this token for too long');
}

async function takeLease(
  { pool, clock }: PlatformParts,
  { resourceId, version }: AccessToken,
): Promise<Buffer | null> {
  const nowMs = clock.now();
  const { rows } = await pool.query<{ sealed: Buffer }>(
    `update heroku_authorizations set refresh_lease_until = $3
     where resource_id = $1 and version = $2 and state = 'authorized'
       and (refresh_lease_until is null or refresh_lease_until <= $4)
     returning refresh_token_encrypted as sealed`,
    [resourceId, version, new Date(nowMs + LEASE_MS), new Date(nowMs)],
  );
  return rows[0]?.sealed ?? null;
}

async function refreshNow(
  parts: PlatformParts,
  stale: AccessToken,
  sealed: Buffer,
): Promise<AccessToken | null> {
  const { caller, cipher, heroku } = parts;
  const { resourceId } = stale;
  const { clientSecret, idUrl } = heroku;
  const refreshToken = cipher.decrypt(sealed, refreshOwner(resourceId));
  const outcome: TokenOutcome =
    clientSecret === undefined
      ? { trouble: 'HostedHooks has no client secret for Heroku configured.' }
      : await requestTokens(
          { caller, idUrl, clientSecret },
          { grant_type: 'refresh_token', refresh_token: refreshToken },
        );
  if (outcome.tokens !== undefined) {
    return keep(parts, stale, {
      ...outcome.tokens,
      refreshToken: outcome.tokens.refreshToken ?? refreshToken,
    });
  }
  if (outcome.refused !== undefined) {
    await lose(parts, stale, `${outcome.refused}: the authorization was revoked.`);
    return null;
  }
  await giveBack(parts, stale, outcome.trouble);
  throw new PlatformTrouble(`A token could not be refreshed: ${outcome.trouble}`);
}

/** A refresh token that Heroku rotated takes the place of the old one. */
async function keep(
  parts: PlatformParts,
  { resourceId, version }: AccessToken,
  tokens: Tokens & { refreshToken: string },
): Promise<AccessToken | null> {
  const sealed = sealTokens(parts, resourceId, tokens);
  await parts.pool.query(
    `update heroku_authorizations
     set access_token_encrypted = $3, refresh_token_encrypted = $4, access_expires_at = $5, version = version + 1,
       refresh_lease_until = null, problem = null
     where resource_id = $1 and version = $2`,
    [resourceId, version, sealed.accessToken, sealed.refreshToken, sealed.expiresAt],
  );
  return findAccessToken(parts, resourceId);
}

async function lose({ pool, logger }: PlatformParts, { resourceId, version }: AccessToken, problem: string) {
  await pool.query(
    `update heroku_authorizations
     set state = 'failed', problem = $3, access_token_encrypted = null, refresh_token_encrypted = null,
       access_expires_at = null, refresh_lease_until = null
     where resource_id = $1 and version = $2`,
    [resourceId, version, problem],
  );
  logger.warn({ resource: resourceId, problem }, 'Heroku does not authorize us for a resource any more');
}

async function giveBack({ pool }: PlatformParts, { resourceId, version }: AccessToken, trouble: string) {
  await pool.query(
    `update heroku_authorizations set refresh_lease_until = null, problem = $3 where resource_id = $1 and version = $2`,
    [resourceId, version, trouble],
  );
}
