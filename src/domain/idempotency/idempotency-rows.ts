import type { Pool } from 'pg';

// One function a statement.

export interface KeyOfRow {
  accountId: string;
  keyHash: Buffer;
}

export interface Claim extends KeyOfRow {
  fingerprint: Buffer;
  claimId: string;
  now: Date;
  leasedUntil: Date;
  expiresAt: Date;
}

/**
 * Makes the request ours: when its key is new, when it was used long ago, or when whoever executed the same request is
 * dead. Concurrent claims wait for one another's row, so one of them has it.
 */
export async function claim(pool: Pool, request: Claim): Promise<boolean> {
  const { accountId, keyHash, fingerprint, claimId, leasedUntil, expiresAt, now } = request;
  const { rowCount } = await pool.query(
    `insert into idempotency_keys as known (account_id, key_hash, fingerprint, claim, leased_until, expires_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (account_id, key_hash) do update
       set fingerprint = excluded.fingerprint, claim = excluded.claim, leased_until = excluded.leased_until,
         expires_at = excluded.expires_at, answer = null
       where known.expires_at <= $7
         or (known.answer is null and known.leased_until <= $7 and known.fingerprint = excluded.fingerprint)`,
    [accountId, keyHash, fingerprint, claimId, leasedUntil, expiresAt, now],
  );
  return rowCount === 1;
}

export interface KnownRequest {
  fingerprint: Buffer;
  /** Null while it is executed. */
  answer: Buffer | null;
}

export async function find(pool: Pool, { accountId, keyHash }: KeyOfRow): Promise<KnownRequest | null> {
  const { rows } = await pool.query<KnownRequest>(
    'select fingerprint, answer from idempotency_keys where account_id = $1 and key_hash = $2',
    [accountId, keyHash],
  );
  return rows[0] ?? null;
}

/** Of a request that is under way still; what has lapsed is not taken back, because another may have it by now. */
export async function renew(
  pool: Pool,
  claimed: KeyOfRow & { claimId: string; now: Date; leasedUntil: Date },
): Promise<void> {
  const { accountId, keyHash, claimId, leasedUntil, now } = claimed;
  await pool.query(
    `update idempotency_keys set leased_until = $4
     where account_id = $1 and key_hash = $2 and claim = $3 and answer is null and leased_until > $5`,
    [accountId, keyHash, claimId, leasedUntil, now],
  );
}

/** Only under our claim: after a lease another may have answered. */
export async function keep(
  pool: Pool,
  claimed: KeyOfRow & { claimId: string; answer: Buffer },
): Promise<void> {
  const { accountId, keyHash, claimId, answer } = claimed;
  await pool.query(
    'update idempotency_keys set answer = $4 where account_id = $1 and key_hash = $2 and claim = $3',
    [accountId, keyHash, claimId, answer],
  );
}

/** The key is as if it had not been used. */
export async function release(pool: Pool, claimed: KeyOfRow & { claimId: string }): Promise<void> {
  const { accountId, keyHash, claimId } = claimed;
  await pool.query('delete from idempotency_keys where account_id = $1 and key_hash = $2 and claim = $3', [
    accountId,
    keyHash,
    claimId,
  ]);
}
