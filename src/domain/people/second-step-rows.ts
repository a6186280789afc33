import type { Pool, PoolClient } from 'pg';

// One function a statement.

export async function readSecret(pool: Pool, personId: string): Promise<Buffer | null> {
  const { rows } = await pool.query<{ secret: Buffer | null }>(
    'select totp_secret as secret from people where id = $1',
    [personId],
  );
  return rows[0]?.secret ?? null;
}

/** False for a step that is not later than the last one: its code was used, or is older than one that was. */
export async function useStep(pool: Pool, personId: string, step: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    'update people set totp_step = $2 where id = $1 and totp_secret is not null and totp_step < $2',
    [personId, step],
  );
  return rowCount === 1;
}

/** False when the code is none, or was used. */
export async function useRecoveryCode(pool: Pool, personId: string, codeHash: Buffer): Promise<boolean> {
  const { rowCount } = await pool.query(
    'delete from recovery_codes where person_id = $1 and code_hash = $2',
    [personId, codeHash],
  );
  return rowCount === 1;
}

/** Begins the second step. False when there is one already. */
export async function insertSecret(
  client: PoolClient,
  personId: string,
  { secret, step, codeHashes }: { secret: Buffer; step: number; codeHashes: Buffer[] },
): Promise<boolean> {
  const { rowCount } = await client.query(
    'update people set totp_secret = $2, totp_step = $3 where id = $1 and totp_secret is null',
    [personId, secret, step],
  );
  if (rowCount === 0) return false;
  await client.query('insert into recovery_codes (person_id, code_hash) select $1, unnest($2::bytea[])', [
    personId,
    codeHashes,
  ]);
  return true;
}

/** Ends the second step, and its recovery codes. False when there is none. */
export async function deleteSecret(client: PoolClient, personId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'update people set totp_secret = null, totp_step = 0 where id = $1 and totp_secret is not null',
    [personId],
  );
  await client.query('delete from recovery_codes where person_id = $1', [personId]);
  return rowCount === 1;
}
