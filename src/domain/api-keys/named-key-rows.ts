import type { PoolClient } from 'pg';

// One function a statement, for named keys: those without a generation.

/** Serializes the making of an account's keys. False when the account is gone. */
export async function lockAccount(client: PoolClient, accountId: string): Promise<boolean> {
  const { rowCount } = await client.query('select from accounts where id = $1 for no key update', [
    accountId,
  ]);
  return rowCount !== 0;
}

export async function countLiveKeys(client: PoolClient, accountId: string, now: Date): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from api_keys
     where account_id = $1 and generation is null and revoked_at is null
       and (expires_at is null or expires_at > $2)`,
    [accountId, now],
  );
  return rows[0]?.count ?? 0;
}

/** Deletes the keys that have ended but for the `kept` newest, which the list shows. */
export async function deleteEndedKeys(
  client: PoolClient,
  { accountId, now, kept }: { accountId: string; now: Date; kept: number },
): Promise<void> {
  await client.query(
    `delete from api_keys where account_id = $1 and id in (
       select id from api_keys
       where account_id = $1 and generation is null and (revoked_at is not null or expires_at <= $2)
       order by coalesce(revoked_at, expires_at) desc, id desc offset $3)`,
    [accountId, now, kept],
  );
}

export interface NamedKeyRow {
  name: string;
  generation: number | null;
  revokedAt: Date | null;
  expiresAt: Date | null;
}

export async function lockKey(
  client: PoolClient,
  accountId: string,
  id: string,
): Promise<NamedKeyRow | null> {
  const { rows } = await client.query<NamedKeyRow>(
    `select name, generation, revoked_at as "revokedAt", expires_at as "expiresAt"
     from api_keys where account_id = $1 and id = $2 for no key update`,
    [accountId, id],
  );
  return rows[0] ?? null;
}

export async function renameKey(client: PoolClient, id: string, name: string): Promise<void> {
  await client.query('update api_keys set name = $2 where id = $1', [id, name]);
}

export async function setExpiry(client: PoolClient, id: string, expiresAt: Date | null): Promise<void> {
  await client.query('update api_keys set expires_at = $2 where id = $1', [id, expiresAt]);
}
