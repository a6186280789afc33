import type { Pool, PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import type { App } from '#src/domain/apps/app.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import { newestRows } from '#src/infra/database/newest-rows.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Transformation, TransformationVersion } from './transformation.ts';

export type AppKey = Pick<App, 'accountId' | 'id'>;
type Key = Pick<Transformation, 'accountId' | 'appId' | 'id'>;

const COLUMNS = `id, account_id as "accountId", app_id as "appId", name, code, version, created_at as "createdAt",
  updated_at as "updatedAt"`;

export async function selectTransformations(
  pool: Pool,
  app: AppKey,
  paging: Paging,
): Promise<Transformation[]> {
  const text = `select ${COLUMNS} from transformations where account_id = $1 and app_id = $2`;
  return newestRows<Transformation>(pool, { text, values: [app.accountId, app.id] }, paging);
}

export interface TransformationSummary extends Pick<Transformation, 'id' | 'appId' | 'name' | 'updatedAt'> {
  /** How many endpoints use it. */
  endpoints: number;
  /** Its failures that are kept. */
  failures: number;
}

/** By name. */
export async function selectSummaries(
  pool: Pool,
  { accountId, id }: AppKey,
): Promise<TransformationSummary[]> {
  const [rows, failed] = await Promise.all([
    pool.query<Omit<TransformationSummary, 'failures'>>(
      `select id, app_id as "appId", name, updated_at as "updatedAt",
         (select count(*)::int from endpoints
          where account_id = $1 and transformation_id = transformations.id) as endpoints
       from transformations where account_id = $1 and app_id = $2 order by name, id`,
      [accountId, id],
    ),
    pool.query<{ id: string; failures: number }>(
      `select transformation_id as id, count(*)::int as failures from transformation_executions
       where account_id = $1 and app_id = $2 and outcome = 'failed' group by transformation_id`,
      [accountId, id],
    ),
  ]);
  const failures = new Map(failed.rows.map((row) => [row.id, row.failures]));
  return rows.rows.map((row) => ({ ...row, failures: failures.get(row.id) ?? 0 }));
}

/** `forUpdate`: nobody can begin to use it, or change it, before the transaction ends. */
export async function findTransformation(
  db: Pool | PoolClient,
  { accountId, appId, id }: Key,
  { forUpdate = false } = {},
): Promise<Transformation | null> {
  const { rows } = await db.query<Transformation>(
    `select ${COLUMNS} from transformations where account_id = $1 and app_id = $2 and id = $3
     ${forUpdate ? 'for update' : ''}`,
    [accountId, appId, id],
  );
  return rows[0] ?? null;
}

/** Whether the app has it; it then stays until the transaction ends. */
export async function isOfApp(db: PoolClient | Transaction, { accountId, appId, id }: Key): Promise<boolean> {
  const { rowCount } = await clientOf(db).query(
    'select from transformations where account_id = $1 and app_id = $2 and id = $3 for key share',
    [accountId, appId, id],
  );
  return rowCount === 1;
}

/** Locks the app, so that of many at once none is one too many. */
export async function countTransformations(client: PoolClient, { accountId, id }: AppKey): Promise<number> {
  await client.query('select from apps where account_id = $1 and id = $2 for no key update', [accountId, id]);
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from transformations where account_id = $1 and app_id = $2',
    [accountId, id],
  );
  return rows[0]?.count ?? 0;
}

/** Answers whether the name was free. */
export async function insertTransformation(client: PoolClient, row: Transformation): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into transformations (id, account_id, app_id, name, code, version, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (app_id, name) do nothing`,
    [row.id, row.accountId, row.appId, row.name, row.code, row.version, row.createdAt, row.updatedAt],
  );
  return rowCount === 1;
}

export async function isNameTaken(client: PoolClient, { appId, id }: Key, name: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from transformations where app_id = $1 and name = $2 and id <> $3',
    [appId, name, id],
  );
  return rowCount === 1;
}

export async function updateTransformation(client: PoolClient, row: Transformation): Promise<void> {
  const { accountId, id, name, code, version, updatedAt } = row;
  await client.query(
    `update transformations set name = $3, code = $4, version = $5, updated_at = $6
     where account_id = $1 and id = $2`,
    [accountId, id, name, code, version, updatedAt],
  );
}

/** Keeps the present version, and of those before it the newest `kept`. */
export async function keepVersion(client: PoolClient, row: Transformation, kept: number): Promise<void> {
  const { accountId, appId, id, version, code, updatedAt } = row;
  await client.query(
    `insert into transformation_versions (account_id, app_id, transformation_id, version, code, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [accountId, appId, id, version, code, updatedAt],
  );
  await client.query(
    'delete from transformation_versions where account_id = $1 and transformation_id = $2 and version < $3',
    [accountId, id, version - kept],
  );
}

/** Newest first. */
export async function selectVersions(
  pool: Pool,
  { accountId, id }: Pick<Key, 'accountId' | 'id'>,
): Promise<Omit<TransformationVersion, 'code'>[]> {
  const { rows } = await pool.query<Omit<TransformationVersion, 'code'>>(
    `select version, created_at as "createdAt" from transformation_versions
     where account_id = $1 and transformation_id = $2 order by version desc`,
    [accountId, id],
  );
  return rows;
}

/** Null when there is none with this number. */
export async function findVersion(
  pool: Pool,
  { accountId, id }: Pick<Key, 'accountId' | 'id'>,
  version: number,
): Promise<TransformationVersion | null> {
  if (!Number.isSafeInteger(version)) return null;
  const { rows } = await pool.query<TransformationVersion>(
    `select version, code, created_at as "createdAt" from transformation_versions
     where account_id = $1 and transformation_id = $2 and version = $3::bigint`,
    [accountId, id, version],
  );
  return rows[0] ?? null;
}

export async function deleteTransformation(client: PoolClient, { accountId, id }: Key): Promise<void> {
  await client.query('delete from transformations where account_id = $1 and id = $2', [accountId, id]);
}

export interface UsingEndpoint {
  id: string;
  url: string;
  subscriptionId: string;
}

/** The endpoints that use it, oldest first. */
export async function selectUsers(
  db: Pool | PoolClient,
  { accountId, id }: Pick<Key, 'accountId' | 'id'>,
  limit: number,
): Promise<UsingEndpoint[]> {
  const { rows } = await db.query<UsingEndpoint>(
    `select id, url, subscription_id as "subscriptionId" from endpoints
     where account_id = $1 and transformation_id = $2 order by id limit $3`,
    [accountId, id, limit],
  );
  return rows;
}
