import type { Pool, PoolClient } from 'pg';

// One function a statement: the row with the lease of an account's import.

export interface ImportLease {
  accountId: string;
  leaseId: string;
}

export interface Until {
  now: Date;
  leasedUntil: Date;
}

/** Acquires the account's lease. Returns false while another import has one that has not lapsed. */
export async function acquire(pool: Pool, { accountId, leaseId, now, leasedUntil }: ImportLease & Until) {
  const { rowCount } = await pool.query(
    `insert into imports as known (account_id, claim, leased_until) values ($1, $2, $3)
     on conflict (account_id) do update set claim = excluded.claim, leased_until = excluded.leased_until
       where known.claim is null or known.leased_until <= $4`,
    [accountId, leaseId, leasedUntil, now],
  );
  return rowCount === 1;
}

/** A lapsed lease is not renewed, because another import may have acquired it. */
export async function renew(
  pool: Pool,
  { accountId, leaseId, now, leasedUntil }: ImportLease & Until,
): Promise<void> {
  await pool.query(
    'update imports set leased_until = $3 where account_id = $1 and claim = $2 and leased_until > $4',
    [accountId, leaseId, leasedUntil, now],
  );
}

export async function release(pool: Pool, { accountId, leaseId }: ImportLease): Promise<void> {
  await pool.query(
    'update imports set claim = null, leased_until = null where account_id = $1 and claim = $2',
    [accountId, leaseId],
  );
}

/** Messages of history that were imported in `month`. */
export async function readHistory(pool: Pool, accountId: string, month: string): Promise<number> {
  const { rows } = await pool.query<{ messages: number }>(
    'select history_messages as messages from imports where account_id = $1 and history_month = $2',
    [accountId, month],
  );
  return rows[0]?.messages ?? 0;
}

/** Counts history in the transaction that writes it. Returns whether the lease is still held; if not, roll back. */
export async function countHistory(
  client: PoolClient,
  { accountId, leaseId, month, messages }: ImportLease & { month: string; messages: number },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update imports set history_month = $3,
       history_messages = $4 + case when history_month = $3 then history_messages else 0 end
     where account_id = $1 and claim = $2`,
    [accountId, leaseId, month, messages],
  );
  return rowCount === 1;
}
