import { setTimeout as pause } from 'node:timers/promises';
import type { Dependencies } from './dependencies.ts';
import { PlatformUnavailable } from './platform-errors.ts';
import { requestTokens, type TokenOutcome, type Tokens } from './token-endpoint.ts';
import { type AccessToken, findAccessToken, refreshOwner, sealTokens } from './token-rows.ts';

/** A token that expires sooner is refreshed before it is used. */
const MIN_LIFE_MS = 90_000;
/** Longer than the timeout of a request for tokens. */
const LEASE_MS = 30_000;
const POLL_MS = 200;

/** A token that lives long enough for a call; null when Heroku has not authorized us. Throws PlatformUnavailable. */
export async function freshToken(deps: Dependencies, resourceId: string): Promise<AccessToken | null> {
  const token = await findAccessToken(deps, resourceId);
  if (token === null || token.expiresAtMs - deps.clock.now() >= MIN_LIFE_MS) return token;
  return refreshAccessToken(deps, token);
}

/**
 * The token after `stale`. One process refreshes at a time: it acquires a lease in the token's row by one statement, so
 * that no connection is held during the request; the others poll until the row has changed. The lease of a process that
 * died expires. Null when Heroku revoked the authorization; throws PlatformUnavailable.
 */
export async function refreshAccessToken(
  deps: Dependencies,
  stale: AccessToken,
): Promise<AccessToken | null> {
  const untilMs = deps.clock.monotonicNow() + LEASE_MS;
  while (deps.clock.monotonicNow() < untilMs) {
    const sealed = await acquireLease(deps, stale);
    if (sealed !== null) return refreshNow(deps, stale, sealed);
    const current = await findAccessToken(deps, stale.resourceId);
    if (current?.version !== stale.version) return current;
    await pause(POLL_MS);
  }
  throw new PlatformUnavailable('Another process has been refreshing this token for too long');
}

async function acquireLease(
  { pool, clock }: Dependencies,
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
  deps: Dependencies,
  stale: AccessToken,
  sealed: Buffer,
): Promise<AccessToken | null> {
  const { caller, cipher, heroku } = deps;
  const { resourceId } = stale;
  const { clientSecret, idUrl } = heroku;
  const refreshToken = cipher.decrypt(sealed, refreshOwner(resourceId));
  const outcome: TokenOutcome =
    clientSecret === undefined
      ? { unavailable: 'HostedHooks has no client secret for Heroku configured.' }
      : await requestTokens(
          { caller, idUrl, clientSecret },
          { grant_type: 'refresh_token', refresh_token: refreshToken },
        );
  if (outcome.tokens !== undefined) {
    return storeTokens(deps, stale, {
      ...outcome.tokens,
      refreshToken: outcome.tokens.refreshToken ?? refreshToken,
    });
  }
  if (outcome.refused !== undefined) {
    await markRevoked(deps, stale, `${outcome.refused}: the authorization was revoked.`);
    return null;
  }
  await releaseLease(deps, stale, outcome.unavailable);
  throw new PlatformUnavailable(`A token could not be refreshed: ${outcome.unavailable}`);
}

/** Heroku may have rotated the refresh token, too. */
async function storeTokens(
  deps: Dependencies,
  { resourceId, version }: AccessToken,
  tokens: Tokens & { refreshToken: string },
): Promise<AccessToken | null> {
  const sealed = sealTokens(deps, resourceId, tokens);
  await deps.pool.query(
    `update heroku_authorizations
     set access_token_encrypted = $3, refresh_token_encrypted = $4, access_expires_at = $5, version = version + 1,
       refresh_lease_until = null, problem = null
     where resource_id = $1 and version = $2`,
    [resourceId, version, sealed.accessToken, sealed.refreshToken, sealed.expiresAt],
  );
  return findAccessToken(deps, resourceId);
}

async function markRevoked(
  { pool, logger }: Dependencies,
  { resourceId, version }: AccessToken,
  problem: string,
) {
  await pool.query(
    `update heroku_authorizations
     set state = 'failed', problem = $3, access_token_encrypted = null, refresh_token_encrypted = null,
       access_expires_at = null, refresh_lease_until = null
     where resource_id = $1 and version = $2`,
    [resourceId, version, problem],
  );
  logger.warn({ resource: resourceId, problem }, 'Heroku does not authorize us for a resource any more');
}

async function releaseLease({ pool }: Dependencies, { resourceId, version }: AccessToken, problem: string) {
  await pool.query(
    `update heroku_authorizations set refresh_lease_until = null, problem = $3 where resource_id = $1 and version = $2`,
    [resourceId, version, problem],
  );
}
