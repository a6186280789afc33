import type { PoolClient } from 'pg';

// One function a statement; all of them run inside a transaction of Provisioning.

export type Client = PoolClient;

interface NewResource {
  uuid: string;
  accountId: string;
  name?: string | null | undefined;
  appName?: string | null | undefined;
  region?: string | null | undefined;
  options?: object | null | undefined;
}

/** Whether the uuid was new. Of several at once one inserts; the others wait here until that one has committed. */
export async function insert(client: Client, resource: NewResource): Promise<boolean> {
  const { uuid, accountId, name, appName, region, options } = resource;
  const { rowCount } = await client.query(
    `insert into heroku_resources (id, account_id, name, app_name, region, options)
     values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing`,
    [uuid, accountId, name ?? null, appName ?? null, region ?? null, JSON.stringify(options ?? {})],
  );
  return rowCount === 1;
}

export async function insertAccount(
  client: Client,
  { id, name, plan }: { id: string; name: string; plan: string },
): Promise<void> {
  await client.query('insert into accounts (id, name, plan) values ($1, $2, $3)', [id, name, plan]);
}

export interface LockedResource {
  /** Null once it was deprovisioned. */
  accountId: string | null;
  keyGeneration: number;
}

/** The resource, held until the transaction ends. */
export async function lock(client: Client, uuid: string): Promise<LockedResource | null> {
  const { rows } = await client.query<LockedResource>(
    `select account_id as "accountId", key_generation as "keyGeneration" from heroku_resources
     where id = $1 for update`,
    [uuid],
  );
  return rows[0] ?? null;
}

/** Whether the uuid was unknown until now. */
export async function insertTombstone(client: Client, uuid: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into heroku_resources (id, deprovisioned_at) values ($1, now()) on conflict (id) do nothing`,
    [uuid],
  );
  return rowCount === 1;
}

export async function turnIntoTombstone(client: Client, uuid: string): Promise<void> {
  await client.query(
    `update heroku_resources
     set deprovisioned_at = now(), account_id = null, name = null, app_name = null, region = null, options = null,
       app_id = null, owner_email = null, synced_at = null, is_sync_queued = false, key_generation = 1
     where id = $1`,
    [uuid],
  );
}

/**
 * Takes away what makes an account act: its keys, what Heroku lets us do for it, and its apps with everything that
 * routes to endpoints. The triggers tell every process, and a message under way to such an app finds its revision gone.
 */
export async function silenceAccount(client: Client, accountId: string): Promise<void> {
  await client.query('delete from api_keys where account_id = $1', [accountId]);
  await client.query('delete from heroku_authorizations where account_id = $1', [accountId]);
  await client.query('delete from heroku_webhooks where account_id = $1', [accountId]);
  // Before the members, with whom their visits go. A session that visits others, too, stays for those.
  await client.query(
    `delete from sessions where sid in (select sid from session_visits where account_id = $1)
       and not exists (select from session_visits other where other.sid = sessions.sid and account_id <> $1)`,
    [accountId],
  );
  await client.query('delete from members where account_id = $1', [accountId]);
  await client.query('delete from apps where account_id = $1', [accountId]);
}
