import type { Pool, PoolClient } from 'pg';
import type { Role } from '#src/domain/roles/roles.ts';
import type { Subscription } from './subscription.ts';

interface Use {
  id: string;
  expiresAt: Date;
  now: Date;
}

/** Notes the use of a link that opens once. False when it was used before. Forgets those that have expired. */
export async function noteUse(
  pool: Pool,
  { accountId, appId, id: subscriptionId }: Pick<Subscription, 'accountId' | 'appId' | 'id'>,
  { id, expiresAt, now }: Use,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `with expired as (
       delete from portal_links_used where account_id = $2 and subscription_id = $4 and expires_at <= $6
     )
     insert into portal_links_used (id, account_id, app_id, subscription_id, expires_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [id, accountId, appId, subscriptionId, expiresAt, now],
  );
  return rowCount === 1;
}

/** Null for who is no member any more. */
export async function selectRole(pool: Pool, accountId: string, memberId: string): Promise<Role | null> {
  const { rows } = await pool.query<{ role: Role }>(
    'select role from members where account_id = $1 and id = $2',
    [accountId, memberId],
  );
  return rows[0]?.role ?? null;
}

/** Ends the links that name the epoch of before. */
export async function raiseEpoch(
  client: PoolClient,
  { accountId, id }: Pick<Subscription, 'accountId' | 'id'>,
): Promise<void> {
  await client.query(
    'update subscriptions set portal_epoch = portal_epoch + 1 where account_id = $1 and id = $2',
    [accountId, id],
  );
}
