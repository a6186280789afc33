import type { Pool } from 'pg';
import type { Scope } from './api-key.ts';

export interface KeyOwnerRow {
  id: string;
  accountId: string;
  scopes: Scope[];
  revokedAt: Date | null;
  expiresAt: Date | null;
}

/**
 * The key with this hash, also one that has ended; null for a key that nobody has. Without Sequelize, which costs five
 * times what the query does, because strangers may ask it of us without end.
 */
export async function findKeyByHash(pool: Pool, keyHash: Buffer): Promise<KeyOwnerRow | null> {
  const { rows } = await pool.query<KeyOwnerRow>({
    name: 'api-key-by-hash',
    text: `select id, account_id as "accountId", scopes, revoked_at as "revokedAt", expires_at as "expiresAt"
           from api_keys where key_hash = $1`,
    values: [keyHash],
  });
  return rows[0] ?? null;
}
