import { createHash } from 'node:crypto';
import type { Pool } from 'pg';

interface SignOnTokens {
  /** The token that was verified. */
  token: string;
  /** The other tokens of the same form. */
  otherTokens: string[];
  /** When verification begins to refuse the token for its age. */
  expiresAtMs: number;
}

/**
 * Consumes the token of a single sign-on: true for the first caller in any process, false for every later one. The
 * form's other tokens are consumed with it, so that none of them opens the resource alone. Another token that was used
 * before is no reason to refuse, because a later form of another person may rightly hold the same `resource_token`.
 */
export async function consumeSsoToken(
  pool: Pool,
  { token, otherTokens, expiresAtMs }: SignOnTokens,
): Promise<boolean> {
  const expiresAt = new Date(expiresAtMs + MAX_CLOCK_SKEW_MS);
  const { rowCount } = await pool.query(INSERT, [[hashOf(token)], expiresAt]);
  if (rowCount !== 1) return false;
  await pool.query(INSERT, [otherTokens.map(hashOf), expiresAt]);
  return true;
}

/** Deletes tokens that verification refuses for their age. */
export async function deleteExpiredSsoTokens(pool: Pool, nowMs: number): Promise<void> {
  await pool.query('delete from used_sso_tokens where expires_at < $1', [new Date(nowMs)]);
}

/** A token is kept this much longer, because a process whose clock is behind may still accept its age. */
const MAX_CLOCK_SKEW_MS = 60_000;

const INSERT = `insert into used_sso_tokens (token_hash, expires_at)
  select unnest($1::bytea[]), $2 on conflict (token_hash) do nothing`;

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
