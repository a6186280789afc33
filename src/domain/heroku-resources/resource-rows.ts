import type { PoolClient } from 'pg';

// One function a statement, each inside a transaction of Provisioning.

interface NewResource {
  uuid: string;
  accountId: string;
  name?: string | null | undefined;
  appName?: string | null | undefined;
  region?: string | null | undefined;
  options?: object | null | undefined;
}

/** Answers whether the uuid was new. Of several calls at once one inserts; the others wait here for its commit. */
export async function insertResource(client: PoolClient, resource: NewResource): Promise<boolean> {
  const { uuid, accountId, name, appName, region, options } = resource;
  const { rowCount } = await client.query(
    `insert into heroku_resources (id, account_id, name, app_name, region, options)
     values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing`,
    [uuid, accountId, name ?? null, appName ?? null, region ?? null, JSON.stringify(options ?? {})],
  );
  return rowCount === 1;
}

export interface LockedResource {
  /** Null of a tombstone. */
  accountId: string | null;
  keyGeneration: number;
}

/** Null when there is no such resource. The lock is held until the transaction ends. */
export async function lockResource(client: PoolClient, uuid: string): Promise<LockedResource | null> {
  const { rows } = await client.query<LockedResource>(
    `select account_id as "accountId", key_generation as "keyGeneration" from heroku_resources
     where id = $1 for update`,
    [uuid],
  );
  return rows[0] ?? null;
}

/** Answers whether the uuid was unknown. */
export async function insertTombstone(client: PoolClient, uuid: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into heroku_resources (id, deprovisioned_at) values ($1, now()) on conflict (id) do nothing`,
    [uuid],
  );
  return rowCount === 1;
}

export async function turnIntoTombstone(client: PoolClient, uuid: string): Promise<void> {
  await client.query(
    `update heroku_resources
     set deprovisioned_at = now(), account_id = null, name = null, app_name = null, region = null, options = null,
       app_id = null, config_var = null, owner_email = null, synced_at = null, is_sync_queued = false, key_generation = 1
     where id = $1`,
    [uuid],
  );
}
