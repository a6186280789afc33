import type { Pool } from 'pg';

/** Filters `accountIds` to the account that has the Hook Helper with this id: one or none. */
export async function accountsWithHookHelper(
  pool: Pool,
  accountIds: string[],
  id: string,
): Promise<string[]> {
  const { rows } = await pool.query<{ account_id: string }>(
    'select account_id from hook_helpers where id = $2 and account_id = any($1)',
    [accountIds, id],
  );
  return rows.map((row) => row.account_id);
}
