import type { Pool, PoolClient } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import type { Channel } from './channel.ts';

const COLUMNS = `id, account_id as "accountId", app_id as "appId", name, format, host, kinds, created_at as "createdAt",
  failing_since as "failingSince", last_error as "lastError"`;

type AppKey = Pick<App, 'accountId' | 'id'>;
type Sealed = Channel & { sealedUrl: Buffer };

/** The channels of all apps of the account, by app and then in the order of their making. */
export async function selectChannels(pool: Pool, accountId: string): Promise<Channel[]> {
  const { rows } = await pool.query<Channel>(
    `select ${COLUMNS} from channels where account_id = $1 order by app_id, id`,
    [accountId],
  );
  return rows;
}

export async function findChannel(pool: Pool, { accountId, id }: { accountId: string; id: string }) {
  const { rows } = await pool.query<Sealed>(
    `select ${COLUMNS}, url_encrypted as "sealedUrl" from channels where account_id = $1 and id = $2`,
    [accountId, id],
  );
  return rows[0] ?? null;
}

/** Locks the app, so that of many at once none is one too many. */
export async function countChannels(client: PoolClient, { accountId, id }: AppKey): Promise<number> {
  await client.query('select from apps where account_id = $1 and id = $2 for no key update', [accountId, id]);
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from channels where account_id = $1 and app_id = $2',
    [accountId, id],
  );
  return rows[0]?.count ?? 0;
}

export async function insertChannel(client: PoolClient, channel: Sealed): Promise<void> {
  const { id, accountId, appId, name, format, host, kinds, createdAt, sealedUrl } = channel;
  await client.query(
    `insert into channels (id, account_id, app_id, name, format, host, kinds, created_at, url_encrypted)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, accountId, appId, name, format, host, kinds, createdAt, sealedUrl],
  );
}

export async function deleteChannel(client: PoolClient, { accountId, id }: AppKey): Promise<Channel | null> {
  const { rows } = await client.query<Channel>(
    `delete from channels where account_id = $1 and id = $2 returning ${COLUMNS}`,
    [accountId, id],
  );
  return rows[0] ?? null;
}

/** The channels of an app that are told of the kind. */
export async function channelsFor(
  client: PoolClient,
  { accountId, appId, kind }: { accountId: string; appId: string; kind: string },
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'select id from channels where account_id = $1 and app_id = $2 and $3 = any(kinds)',
    [accountId, appId, kind],
  );
  return rows.map(({ id }) => id);
}

/** `error`: null after a success. */
export async function noteOutcome(
  pool: Pool,
  { accountId, id }: AppKey,
  { error, at }: { error: string | null; at: Date },
): Promise<void> {
  await pool.query(
    `update channels set last_error = $3,
       failing_since = case when $3::text is null then null else coalesce(failing_since, $4) end
     where account_id = $1 and id = $2`,
    [accountId, id, error, at],
  );
}
