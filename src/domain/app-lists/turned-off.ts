import type { Pool } from 'pg';
import type { AppKey } from './list-query.ts';

/** The ids of a subscriber's endpoints that we turned off, oldest first. What a person turned off stays so. */
export async function turnedOffOf(
  pool: Pool,
  { accountId, id: appId }: AppKey,
  { subscriptionId, limit }: { subscriptionId: string; limit: number },
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from endpoints where account_id = $1 and app_id = $2 and subscription_id = $3
       and status = 'inactive' and inactive_reason is not null
     order by id limit $4`,
    [accountId, appId, subscriptionId, limit],
  );
  return rows.map(({ id }) => id);
}
