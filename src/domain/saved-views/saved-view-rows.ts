import type { Pool, PoolClient } from 'pg';
import type { SavedView } from './saved-view.ts';

// One function a statement.

type AppKey = Pick<SavedView, 'accountId' | 'appId'>;

const COLUMNS = `id, account_id as "accountId", app_id as "appId", list, name, query`;

/** By name. */
export async function selectViews(
  pool: Pool,
  { accountId, appId, list }: AppKey & Pick<SavedView, 'list'>,
): Promise<SavedView[]> {
  const { rows } = await pool.query<SavedView>(
    `select ${COLUMNS} from saved_views where account_id = $1 and app_id = $2 and list = $3 order by name`,
    [accountId, appId, list],
  );
  return rows;
}

/** Locks the app's views against others who add one, and counts them, but for the one that would be replaced. */
export async function countOtherViews(
  client: PoolClient,
  { accountId, appId, list, name }: Omit<SavedView, 'id' | 'query'>,
): Promise<number> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`saved_views ${appId}`]);
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from saved_views
     where account_id = $1 and app_id = $2 and (list, name) <> ($3, $4)`,
    [accountId, appId, list, name],
  );
  return rows[0]?.count ?? 0;
}

/** Puts it in the place of the one with its name. Answers the id, and whether there was none. */
export async function upsertView(
  client: PoolClient,
  { id, accountId, appId, list, name, query }: SavedView,
): Promise<{ id: string; isNew: boolean }> {
  const { rows } = await client.query<{ id: string }>(
    `insert into saved_views (id, account_id, app_id, list, name, query, created_at)
     values ($1, $2, $3, $4, $5, $6, now())
     on conflict (account_id, app_id, list, name) do update set query = excluded.query returning id`,
    [id, accountId, appId, list, name, query],
  );
  const stored = rows[0]?.id ?? id;
  return { id: stored, isNew: stored === id };
}

/** Null when the app has no view with this id. */
export async function deleteView(
  client: PoolClient,
  { accountId, appId, id }: AppKey & Pick<SavedView, 'id'>,
): Promise<SavedView | null> {
  const { rows } = await client.query<SavedView>(
    `delete from saved_views where account_id = $1 and app_id = $2 and id = $3 returning ${COLUMNS}`,
    [accountId, appId, id],
  );
  return rows[0] ?? null;
}
