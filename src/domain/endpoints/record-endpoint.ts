import type { Pool, PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import { PROVIDERS } from '#src/domain/announcements/providers-app.ts';
import type { Action } from '#src/domain/audit/actions.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { announceEndpoint, type EndpointDeed } from './announce-endpoint.ts';
import type { Endpoint } from './endpoint.ts';

interface Recording {
  db: Pool | PoolClient | Transaction;
  clock: Clock;
}

interface Telling extends Recording {
  /** The transaction that makes the change. */
  db: PoolClient | Transaction;
  announcements: Announcements;
}

type Recorded = Pick<Endpoint, 'accountId' | 'appId' | 'subscriptionId' | 'id' | 'url'>;

/**
 * Records a change of the endpoint, or a replay to it; of one of our own app, in the log of the account whose it is.
 */
export async function recordEndpoint(
  recording: Recording,
  endpoint: Recorded,
  {
    action,
    details = {},
  }: { action: Extract<Action, `endpoint.${string}` | 'replay.started'>; details?: object },
): Promise<void> {
  const { accountId, appId, subscriptionId, id, url } = endpoint;
  const object = { type: 'endpoint', id, name: url };
  if (accountId !== PROVIDERS.accountId) {
    await recordChange(recording, { accountId, action, object, appId, details });
    return;
  }
  const { rows } = await clientOf(recording.db).query<{ uid: string }>(
    'select uid from subscriptions where account_id = $1 and id = $2',
    [accountId, subscriptionId],
  );
  for (const { uid } of rows) await recordChange(recording, { accountId: uid, action, object, details });
}

/** Records a change of the endpoint and announces it, in the transaction that makes it. */
export async function tellOfEndpoint(
  telling: Telling,
  endpoint: Endpoint,
  deed: { action: EndpointDeed; details?: object },
): Promise<void> {
  await recordEndpoint(telling, endpoint, deed);
  await announceEndpoint(telling, endpoint, deed.action);
}

/** A change of `status`, and what follows from that or from others. */
const FOLLOWING = new Set([
  ...['status', 'inactive_reason', 'inactive_since', 'failing_since', 'next_probe_at'],
  ...['url_since', 'rules_since'],
]);

/** Tells that the columns have `changed`: turning on or off, and the other changes. `before`: its status then. */
export async function tellOfEndpointUpdate(
  telling: Telling,
  endpoint: Endpoint,
  { before, changed }: { before: Endpoint['status']; changed: string[] },
): Promise<void> {
  if (endpoint.status !== before) {
    const action = endpoint.status === 'active' ? 'endpoint.enabled' : 'endpoint.disabled';
    await tellOfEndpoint(telling, endpoint, { action });
  }
  const others = changed.filter((column) => !FOLLOWING.has(column));
  if (others.length === 0) return;
  await tellOfEndpoint(telling, endpoint, { action: 'endpoint.updated', details: { changed: others } });
}
