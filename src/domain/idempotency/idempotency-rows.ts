import type { Pool } from 'pg';

// One function a statement: the rows of `idempotency_keys`.

export interface KeyOfRow {
  accountId: string;
  keyHash: Buffer;
}

export interface NewLease extends KeyOfRow {
  fingerprint: Buffer;
  leaseId: string;
  now: Date;
  leasedUntil: Date;
  expiresAt: Date;
}

/**
 * Acquires the lease of a request when its key is new or has expired, or when the lease of the same request has lapsed.
 * Concurrent calls wait for the row's lock, so one of them acquires it. Returns whether this one did.
 */
export async function acquire(pool: Pool, request: NewLease): Promise<boolean> {
  const { accountId, keyHash, fingerprint, leaseId, leasedUntil, expiresAt, now } = request;
  const { rowCount } = await pool.query(
    `insert into idempotency_keys as known (account_id, key_hash, fingerprint, claim, leased_until, expires_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (account_id, key_hash) do update
       set fingerprint = excluded.fingerprint, claim = excluded.claim, leased_until = excluded.leased_until,
         expires_at = excluded.expires_at, answer = null
       where known.expires_at <= $7
         or (known.answer is null and known.leased_until <= $7 and known.fingerprint = excluded.fingerprint)`,
    [accountId, keyHash, fingerprint, leaseId, leasedUntil, expiresAt, now],
  );
  return rowCount === 1;
}

export interface KnownRequest {
  fingerprint: Buffer;
  /** Null while the request is executed. */
  answer: Buffer | null;
}

export async function find(pool: Pool, { accountId, keyHash }: KeyOfRow): Promise<KnownRequest | null> {
  const { rows } = await pool.query<KnownRequest>(
    'select fingerprint, answer from idempotency_keys where account_id = $1 and key_hash = $2',
    [accountId, keyHash],
  );
  return rows[0] ?? null;
}

/**
 * Renews the lease of a request without an answer. A lapsed lease stays, because another process may have acquired it.
 */
export async function renew(
  pool: Pool,
  lease: KeyOfRow & { leaseId: string; now: Date; leasedUntil: Date },
): Promise<void> {
  const { accountId, keyHash, leaseId, leasedUntil, now } = lease;
  await pool.query(
    `update idempotency_keys set leased_until = $4
     where account_id = $1 and key_hash = $2 and claim = $3 and answer is null and leased_until > $5`,
    [accountId, keyHash, leaseId, leasedUntil, now],
  );
}

/** Stores the answer while the lease is ours, because after it lapsed another process may have answered. */
export async function keep(pool: Pool, lease: KeyOfRow & { leaseId: string; answer: Buffer }): Promise<void> {
  const { accountId, keyHash, leaseId, answer } = lease;
  await pool.query(
    'update idempotency_keys set answer = $4 where account_id = $1 and key_hash = $2 and claim = $3',
    [accountId, keyHash, leaseId, answer],
  );
}

/** Deletes the row, so that the key counts as unused. */
export async function release(pool: Pool, lease: KeyOfRow & { leaseId: string }): Promise<void> {
  const { accountId, keyHash, leaseId } = lease;
  await pool.query('delete from idempotency_keys where account_id = $1 and key_hash = $2 and claim = $3', [
    accountId,
    keyHash,
    leaseId,
  ]);
}
