import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';

/** The access token of a resource. */
export interface AccessToken {
  resourceId: string;
  accessToken: string;
  expiresAtMs: number;
  /** Of the row; raised by each refresh. */
  version: number;
}

interface NewTokens {
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
}

/** The tokens' columns: encrypted, each bound to its resource and kind. */
export function sealTokens(
  { cipher, clock }: { cipher: Cipher; clock: Clock },
  resourceId: string,
  tokens: NewTokens,
) {
  return {
    accessToken: cipher.encrypt(tokens.accessToken, accessOwner(resourceId)),
    refreshToken: cipher.encrypt(tokens.refreshToken, refreshOwner(resourceId)),
    expiresAt: new Date(clock.now() + tokens.expiresInSeconds * 1000),
  };
}

const accessOwner = (resourceId: string) => `heroku-access:${resourceId}`;
export const refreshOwner = (resourceId: string) => `heroku-refresh:${resourceId}`;

/** Null when Heroku has not authorized us, or has revoked it. */
export async function findAccessToken(
  { pool, cipher }: { pool: Pool; cipher: Cipher },
  resourceId: string,
): Promise<AccessToken | null> {
  const { rows } = await pool.query<{ sealed: Buffer; expiresAt: Date; version: number }>(
    `select access_token_encrypted as sealed, access_expires_at as "expiresAt", version
     from heroku_authorizations where resource_id = $1 and state = 'authorized'`,
    [resourceId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    resourceId,
    accessToken: cipher.decrypt(row.sealed, accessOwner(resourceId)),
    expiresAtMs: row.expiresAt.getTime(),
    version: row.version,
  };
}
