import type { Pool, PoolClient } from 'pg';

// One function a statement, for the keys of resources. A trigger notifies every process of a key that ended. Named keys
// have no generation, so `generation <> $2` passes over them.

export interface KeyedResource {
  resourceId: string;
  accountId: string;
  generation: number;
}

/** The resource of an account, held until the transaction ends; null when it is gone. */
export async function lockResourceOfAccount(
  client: PoolClient,
  accountId: string,
): Promise<KeyedResource | null> {
  const { rows } = await client.query<KeyedResource>(
    `select id as "resourceId", account_id as "accountId", key_generation as generation
     from heroku_resources where account_id = $1 for update`,
    [accountId],
  );
  return rows[0] ?? null;
}

export async function lockResource(client: PoolClient, resourceId: string): Promise<KeyedResource | null> {
  const { rows } = await client.query<KeyedResource>(
    `select id as "resourceId", account_id as "accountId", key_generation as generation
     from heroku_resources where id = $1 and account_id is not null for update`,
    [resourceId],
  );
  return rows[0] ?? null;
}

/** How many keys replaced another one since then. */
export async function countRotations(client: PoolClient, accountId: string, since: Date): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from api_keys where account_id = $1 and generation > 1 and created_at > $2',
    [accountId, since],
  );
  return rows[0]?.count ?? 0;
}

export async function setGeneration(
  client: PoolClient,
  { resourceId, generation }: KeyedResource,
): Promise<void> {
  await client.query('update heroku_resources set key_generation = $2 where id = $1', [
    resourceId,
    generation,
  ]);
}

interface Ending {
  accountId: string;
  /** Of the current key; keys of other generations are replaced ones. */
  generation: number;
  now: Date;
}

/** Gives all replaced keys a grace; a shorter one that was given before stays. Without grace they are revoked now. */
export async function giveGrace(
  client: PoolClient,
  { accountId, generation, now, graceSeconds }: Ending & { graceSeconds: number },
): Promise<void> {
  await client.query(
    `update api_keys set grace_seconds = least(grace_seconds, $4),
       revoked_at = case when $4 = 0 then $3 else revoked_at end
     where account_id = $1 and generation <> $2 and revoked_at is null
       and (expires_at is null or $4 = 0)`,
    [accountId, generation, now, graceSeconds],
  );
}

export async function isMissingInConfig(
  client: PoolClient,
  { accountId, generation }: KeyedResource,
): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from api_keys where account_id = $1 and generation = $2 and config_updated_at is null',
    [accountId, generation],
  );
  return rowCount !== 0;
}

/** Records that the current key is in the config, and starts the grace of the replaced keys. */
export async function beginGrace(client: PoolClient, { accountId, generation, now }: Ending): Promise<void> {
  await client.query(
    `update api_keys set config_updated_at = $3, config_problem = null
     where account_id = $1 and generation = $2 and config_updated_at is null`,
    [accountId, generation, now],
  );
  await client.query(
    `update api_keys set expires_at = $3::timestamptz + make_interval(secs => coalesce(grace_seconds, 0))
     where account_id = $1 and generation <> $2 and revoked_at is null and expires_at is null`,
    [accountId, generation, now],
  );
}

/** Answers whether the problem is a new one. */
export async function saveConfigProblem(
  client: PoolClient,
  { accountId, generation, problem }: { accountId: string; generation: number; problem: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update api_keys set config_problem = $3
     where account_id = $1 and generation = $2 and config_updated_at is null and config_problem is distinct from $3`,
    [accountId, generation, problem],
  );
  return rowCount !== 0;
}

export interface KeyNow {
  id: string;
  name: string;
  prefix: string;
  generation: number | null;
  revokedAt: Date | null;
  expiresAt: Date | null;
  configUpdatedAt: Date | null;
}

export async function findKey(client: PoolClient, accountId: string, id: string): Promise<KeyNow | null> {
  const { rows } = await client.query<KeyNow>(
    `select id, name, prefix, generation, revoked_at as "revokedAt", expires_at as "expiresAt",
       config_updated_at as "configUpdatedAt"
     from api_keys where account_id = $1 and id = $2`,
    [accountId, id],
  );
  return rows[0] ?? null;
}

/** The current key, and when the last of the replaced keys ends or has ended; null while that is not known. */
export async function findCurrentKey(
  client: PoolClient,
  { accountId, generation }: { accountId: string; generation: number },
): Promise<{ prefix: string; oldKeyValidUntil: Date | null } | null> {
  const { rows } = await client.query<{ prefix: string; oldKeyValidUntil: Date | null }>(
    `select prefix, (
       select case when bool_and(coalesce(revoked_at, expires_at) is not null)
         then max(coalesce(revoked_at, expires_at)) end
       from api_keys old where old.account_id = $1 and old.generation <> $2
     ) as "oldKeyValidUntil"
     from api_keys where account_id = $1 and generation = $2 order by id desc limit 1`,
    [accountId, generation],
  );
  return rows[0] ?? null;
}

export async function revokeKey(client: PoolClient, id: string, now: Date): Promise<void> {
  await client.query('update api_keys set revoked_at = $2 where id = $1 and revoked_at is null', [id, now]);
}

/** Why Heroku does not let us update the config: a sentence. Null when it does, or when its grant is pending. */
export async function findHindrance(client: Pool | PoolClient, resourceId: string): Promise<string | null> {
  const { rows } = await client.query<{ state: string; problem: string | null }>(
    'select state, problem from heroku_authorizations where resource_id = $1',
    [resourceId],
  );
  const [authorization] = rows;
  if (authorization === undefined) return 'Heroku sent no authorization with this add-on.';
  if (authorization.state === 'authorized' || authorization.state === 'pending') return null;
  return authorization.problem ?? 'Heroku has not authorized HostedHooks for this add-on.';
}
