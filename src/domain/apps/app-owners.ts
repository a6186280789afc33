import type { Pool } from 'pg';

interface OwnerRow {
  account_id: string;
}

/** Filters `accountIds` to the account that has the app with this id: one or none. */
export async function accountsWithAppId(pool: Pool, accountIds: string[], id: string): Promise<string[]> {
  const { rows } = await pool.query<OwnerRow>(
    'select account_id from apps where id = $2 and account_id = any($1)',
    [accountIds, id],
  );
  return rows.map((row) => row.account_id);
}

/** Filters `accountIds` to those with an app of this uid: several when accounts use the same uid. */
export async function accountsWithAppUid(pool: Pool, accountIds: string[], uid: string): Promise<string[]> {
  const { rows } = await pool.query<OwnerRow>(
    'select account_id from apps where uid = $2 and account_id = any($1)',
    [accountIds, uid],
  );
  return rows.map((row) => row.account_id);
}
