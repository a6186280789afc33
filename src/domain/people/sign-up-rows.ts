import type { Pool, PoolClient } from 'pg';

export interface SignUp {
  id: string;
  email: string;
  accountName: string;
  passwordHash: string;
  browserHash: Buffer;
  expiresAt: Date;
}

/** Also deletes those that are over. */
export async function insertSignUp(client: PoolClient, signUp: SignUp, now: Date): Promise<void> {
  await client.query('delete from sign_ups where expires_at < $1', [now]);
  await client.query(
    `insert into sign_ups (id, email, account_name, password_hash, browser_hash, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [signUp.id, signUp.email, signUp.accountName, signUp.passwordHash, signUp.browserHash, signUp.expiresAt],
  );
}

export async function findSignUp(pool: Pool, id: string): Promise<SignUp | null> {
  const { rows } = await pool.query<SignUp>(
    `select id, email, account_name as "accountName", password_hash as "passwordHash",
       browser_hash as "browserHash", expires_at as "expiresAt"
     from sign_ups where id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** False when it was deleted before. */
export async function deleteSignUp(client: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await client.query('delete from sign_ups where id = $1', [id]);
  return rowCount === 1;
}
