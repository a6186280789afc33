import type { PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { EndpointData } from '#src/domain/announcements/shapes.ts';
import { currentActor } from '#src/domain/audit/actor.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import type { Endpoint } from './endpoint.ts';

export type EndpointDeed =
  'endpoint.created' | 'endpoint.updated' | 'endpoint.deleted' | 'endpoint.disabled' | 'endpoint.enabled';

type Told = Pick<Endpoint, 'accountId' | 'subscriptionId' | 'id' | 'url' | 'version' | 'status'> & {
  uid?: string | null;
  inactiveReason?: Endpoint['inactiveReason'] | null;
};

/** Tells the endpoint's account of a change, in the transaction that makes it. */
export async function announceEndpoint(
  { db, announcements }: { db: PoolClient | Transaction; announcements: Announcements },
  endpoint: Told,
  type: EndpointDeed,
): Promise<void> {
  const { accountId } = endpoint;
  if (!(await announcements.isHeard(db, accountId, type))) return;
  const { rows } = await clientOf(db).query<Pick<EndpointData, 'subscriber' | 'app'>>(PARENTS, [
    accountId,
    endpoint.subscriptionId,
  ]);
  const [parents] = rows;
  if (parents === undefined) return;
  const { type: actorType, email } = currentActor();
  const actor = { type: actorType, ...(email !== null && { email }) };
  const data = { endpoint: presentEndpoint(endpoint), ...parents, actor };
  await announcements.announce(db, { accountId, type, data });
}

const presentEndpoint = ({ id, uid, url, version, status, inactiveReason }: Told) => ({
  id,
  uid: uid ?? null,
  url,
  version,
  status,
  inactive_reason: inactiveReason ?? null,
});

const PARENTS = `
  select json_build_object('id', subscriptions.id, 'uid', subscriptions.uid, 'name', subscriptions.name) as subscriber,
    json_build_object('id', apps.id, 'uid', apps.uid, 'name', apps.name) as app
  from subscriptions join apps on apps.id = app_id
  where subscriptions.account_id = $1 and subscriptions.id = $2`;
