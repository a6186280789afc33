import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { SignOn } from './sso-verification.ts';

/**
 * Uses the token up: true for the first who asks, in whichever process. The form's other tokens go with it, whether
 * they were used or not, because a later form of another person may rightly hold the same `resource_token`.
 */
export async function useToken(pool: Pool, { token, otherTokens, expiresAtMs }: SignOn): Promise<boolean> {
  const expiresAt = new Date(expiresAtMs + KEPT_LONGER_MS);
  const { rowCount } = await pool.query(INSERT, [[hashOf(token)], expiresAt]);
  if (rowCount !== 1) return false;
  await pool.query(INSERT, [otherTokens.map(hashOf), expiresAt]);
  return true;
}

/** Forgets tokens that would be refused for their age. */
export async function forgetExpiredTokens(pool: Pool, nowMs: number): Promise<void> {
  await pool.query('delete from used_sso_tokens where expires_at < $1', [new Date(nowMs)]);
}

/** Processes' clocks differ: for one that is behind, the token may still be young enough. */
const KEPT_LONGER_MS = 60_000;

const INSERT = `insert into used_sso_tokens (token_hash, expires_at)
  select unnest($1::bytea[]), $2 on conflict (token_hash) do nothing`;

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
