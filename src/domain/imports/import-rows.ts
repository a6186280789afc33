import type { Pool, PoolClient } from 'pg';

// One function a statement, for the row that says who imports into an account.

export interface Claimed {
  accountId: string;
  claimId: string;
}

export interface Until {
  now: Date;
  leasedUntil: Date;
}

/** Makes the import ours, unless another one is running: in any process, and not dead. */
export async function claim(pool: Pool, { accountId, claimId, now, leasedUntil }: Claimed & Until) {
  const { rowCount } = await pool.query(
    `insert into imports as known (account_id, claim, leased_until) values ($1, $2, $3)
     on conflict (account_id) do update set claim = excluded.claim, leased_until = excluded.leased_until
       where known.claim is null or known.leased_until <= $4`,
    [accountId, claimId, leasedUntil, now],
  );
  return rowCount === 1;
}

/** What has lapsed is not taken back, because another may have it by now. */
export async function renew(
  pool: Pool,
  { accountId, claimId, now, leasedUntil }: Claimed & Until,
): Promise<void> {
  await pool.query(
    'update imports set leased_until = $3 where account_id = $1 and claim = $2 and leased_until > $4',
    [accountId, claimId, leasedUntil, now],
  );
}

export async function release(pool: Pool, { accountId, claimId }: Claimed): Promise<void> {
  await pool.query(
    'update imports set claim = null, leased_until = null where account_id = $1 and claim = $2',
    [accountId, claimId],
  );
}

/** The messages of history that were imported in a month. */
export async function readHistory(pool: Pool, accountId: string, month: string): Promise<number> {
  const { rows } = await pool.query<{ messages: number }>(
    'select history_messages as messages from imports where account_id = $1 and history_month = $2',
    [accountId, month],
  );
  return rows[0]?.messages ?? 0;
}

/** Counts history in the transaction that writes it. Answers whether the import is ours still: otherwise nothing may be written. */
export async function countHistory(
  client: PoolClient,
  { accountId, claimId, month, messages }: Claimed & { month: string; messages: number },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update imports set history_month = $3,
       history_messages = $4 + case when history_month = $3 then history_messages else 0 end
     where account_id = $1 and claim = $2`,
    [accountId, claimId, month, messages],
  );
  return rowCount === 1;
}
