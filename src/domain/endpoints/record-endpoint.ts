import type { Pool, PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import type { Action } from '#src/domain/audit/actions.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Endpoint } from './endpoint.ts';

interface Recording {
  db: Pool | PoolClient | Transaction;
  clock: Clock;
}

type Recorded = Pick<Endpoint, 'accountId' | 'appId' | 'id' | 'url'>;

/** Records a change of the endpoint, in the transaction that makes it. */
export async function recordEndpoint(
  recording: Recording,
  { accountId, appId, id, url }: Recorded,
  { action, details = {} }: { action: Extract<Action, `endpoint.${string}`>; details?: object },
): Promise<void> {
  const object = { type: 'endpoint', id, name: url };
  await recordChange(recording, { accountId, action, object, appId, details });
}

/** What follows from a change of `status`. */
const HEALTH = new Set(['status', 'inactive_reason', 'inactive_since', 'failing_since', 'next_probe_at']);

/**
 * Records that the columns have `changed`: turning on or off, and the other changes. `before`: the status that it had.
 */
export async function recordEndpointUpdate(
  recording: Recording,
  endpoint: Endpoint,
  { before, changed }: { before: Endpoint['status']; changed: string[] },
): Promise<void> {
  if (endpoint.status !== before) {
    const action = endpoint.status === 'active' ? 'endpoint.enabled' : 'endpoint.disabled';
    await recordEndpoint(recording, endpoint, { action });
  }
  const others = changed.filter((column) => !HEALTH.has(column));
  if (others.length === 0) return;
  await recordEndpoint(recording, endpoint, { action: 'endpoint.updated', details: { changed: others } });
}
