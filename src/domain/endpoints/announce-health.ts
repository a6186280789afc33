import type { PoolClient } from 'pg';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { EndpointData } from '#src/domain/announcements/shapes.ts';

export type HealthNews = 'endpoint.warned' | 'endpoint.disabled' | 'endpoint.enabled';

export interface ChangedEndpoint {
  accountId: string;
  id: string;
}

/** Tells accounts of endpoints that we warned of, turned off or on, in the transaction that did. */
export async function announceHealth(
  { db, announcements }: { db: PoolClient; announcements: Announcements },
  changed: ChangedEndpoint[],
  type: HealthNews,
): Promise<void> {
  for (const [accountId, endpoints] of Map.groupBy(changed, (one) => one.accountId)) {
    if (!(await announcements.isHeard(db, accountId, type))) continue;
    const ids = endpoints.map(({ id }) => id);
    for (const row of await readAnnounced(db, accountId, ids)) {
      await announcements.announce(db, { accountId, type, data: { ...row, actor: { type: 'system' } } });
    }
  }
}

/** Endpoints as announcements tell of them, by their ids; without those that were deleted. */
export async function readAnnounced(
  db: PoolClient,
  accountId: string,
  endpointIds: string[],
): Promise<Omit<EndpointData, 'actor'>[]> {
  const { rows } = await db.query<Omit<EndpointData, 'actor'>>(ENDPOINTS, [accountId, endpointIds]);
  return rows;
}

const ENDPOINTS = `
  select json_build_object('id', endpoints.id, 'uid', endpoints.uid, 'url', url, 'version', version, 'status', status,
      'inactive_reason', inactive_reason) as endpoint,
    json_build_object('id', subscriptions.id, 'uid', subscriptions.uid, 'name', subscriptions.name) as subscriber,
    json_build_object('id', apps.id, 'uid', apps.uid, 'name', apps.name) as app
  from endpoints join subscriptions on subscriptions.id = subscription_id join apps on apps.id = endpoints.app_id
  where endpoints.account_id = $1 and endpoints.id = any($2) order by endpoints.id`;
