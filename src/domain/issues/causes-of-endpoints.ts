import type { Pool, PoolClient } from 'pg';
import type { Cause } from './causes.ts';

/**
 * Why endpoints fail that have issues, each by its issue that was seen last; without those that have none. `among`: SQL
 * of the issues to look at, which are not resolved in any case.
 */
export async function causesOfEndpoints(
  db: Pool | PoolClient,
  accountId: string,
  { endpointIds, among = 'true' }: { endpointIds: string[]; among?: string },
): Promise<Map<string, Cause>> {
  if (endpointIds.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; cause: Cause }>(
    `select distinct on (endpoints.id) endpoints.id, cause
     from endpoints join issues on issues.account_id = endpoints.account_id and issues.app_id = endpoints.app_id
       and issues.endpoint_id = endpoints.id and issues.status <> 'resolved' and ${among}
     where endpoints.account_id = $1 and endpoints.id = any($2)
     order by endpoints.id, last_seen_at desc`,
    [accountId, endpointIds],
  );
  return new Map(rows.map(({ id, cause }) => [id, cause]));
}
