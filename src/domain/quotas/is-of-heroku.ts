import type { Pool, PoolClient } from 'pg';

/** SQL: whether the row of `accounts` is that of an add-on, and not of somebody who signed up. */
export const IS_OF_HEROKU = `exists (
  select from heroku_resources where heroku_resources.account_id = accounts.id) as "isOfHeroku"`;

/** Whether the account is an add-on, so that Heroku sells it the larger plans. */
export async function isOfHeroku(db: Pool | PoolClient, accountId: string): Promise<boolean> {
  const { rows } = await db.query<{ isOfHeroku: boolean }>(
    `select ${IS_OF_HEROKU} from accounts where id = $1`,
    [accountId],
  );
  return rows[0]?.isOfHeroku ?? false;
}
