import type { Pool, PoolClient } from 'pg';

// The statements for the signing secrets of endpoints, one function each.

interface Key {
  accountId: string;
  appId: string;
  id: string;
}

export interface PreviousRow {
  id: string;
  sealed: Buffer;
  expiresAt: Date;
}

/** The sealed current secret; null when the endpoint was deleted. Locks the endpoint until the transaction ends. */
export async function lockSecret(client: PoolClient, { accountId, id }: Key): Promise<Buffer | null> {
  const { rows } = await client.query<{ sealed: Buffer }>(
    `select secret_encrypted as sealed from endpoints where account_id = $1 and id = $2 for no key update`,
    [accountId, id],
  );
  return rows[0]?.sealed ?? null;
}

/**
 * Replaces the current secret. A trigger raises the app's revision in the same transaction, so that messages accepted
 * after the commit are signed with the new secret.
 */
export async function setSecret(
  client: PoolClient,
  { accountId, id }: Key,
  { sealed, at }: { sealed: Buffer; at: Date },
): Promise<void> {
  await client.query(
    'update endpoints set secret_encrypted = $3, secret_since = $4 where account_id = $1 and id = $2',
    [accountId, id, sealed, at],
  );
}

/** The previous secrets, newest first, including expired ones. */
export async function selectPrevious(db: Pool | PoolClient, { accountId, appId, id }: Key) {
  const { rows } = await db.query<PreviousRow>(
    `select id, secret_encrypted as sealed, expires_at as "expiresAt" from endpoint_secrets
     where account_id = $1 and app_id = $2 and endpoint_id = $3 order by id desc`,
    [accountId, appId, id],
  );
  return rows;
}

/** Deletes the previous secrets whose ids are not in `ids`. */
export async function deletePreviousExcept(client: PoolClient, { accountId, appId, id }: Key, ids: string[]) {
  await client.query(
    `delete from endpoint_secrets
     where account_id = $1 and app_id = $2 and endpoint_id = $3 and id <> all($4)`,
    [accountId, appId, id, ids],
  );
}

export async function addPrevious(client: PoolClient, endpoint: Key, row: PreviousRow): Promise<void> {
  await client.query(
    `insert into endpoint_secrets (id, account_id, app_id, endpoint_id, secret_encrypted, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [row.id, endpoint.accountId, endpoint.appId, endpoint.id, row.sealed, row.expiresAt],
  );
}
