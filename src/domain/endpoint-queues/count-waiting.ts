import type { Pool } from 'pg';

/** A page or an answer that shows this many says "at least". */
export const MAX_COUNTED = 10_000;

/** What waits in the queue of an endpoint. */
export interface QueueDepth {
  /** Counted up to {@link MAX_COUNTED}. */
  depth: number;
  /** For how long the oldest message has waited since it was accepted; `null`: none waits. */
  oldestSeconds: number | null;
}

export async function countWaiting(
  pool: Pool,
  { accountId, id }: { accountId: string; id: string },
): Promise<QueueDepth> {
  const { rows } = await pool.query<QueueDepth>(WAITING, [accountId, id, MAX_COUNTED]);
  return rows[0] ?? { depth: 0, oldestSeconds: null };
}

/** The oldest is near the start of the primary key, because few entries before it are released. */
const WAITING = `
  select (select count(*)::int from (select from queue_entries
      where account_id = $1 and endpoint_id = $2 and released_at is null limit $3) waiting) as depth,
    (select floor(extract(epoch from clock_timestamp() - time_of_id(message_id)))::int from queue_entries
      where account_id = $1 and endpoint_id = $2 and released_at is null
      order by message_id limit 1) as "oldestSeconds"`;

/** As {@link countWaiting}, of all endpoints of an account, or of one of its apps; the oldest of those counted. */
export async function countWaitingOfAccount(
  pool: Pool,
  { accountId, appId = null }: { accountId: string; appId?: string | null },
): Promise<QueueDepth> {
  const { rows } =
    appId === null
      ? await pool.query<QueueDepth>(WAITING_OF_ACCOUNT, [accountId, MAX_COUNTED])
      : await pool.query<QueueDepth>(WAITING_OF_APP, [accountId, appId, MAX_COUNTED]);
  return rows[0] ?? { depth: 0, oldestSeconds: null };
}

/** As {@link countWaiting}, of the endpoints of a subscription. */
export async function countWaitingOfSubscription(
  pool: Pool,
  { accountId, id }: { accountId: string; id: string },
): Promise<QueueDepth> {
  const { rows } = await pool.query<QueueDepth>(WAITING_OF_SUBSCRIPTION, [accountId, id, MAX_COUNTED]);
  return rows[0] ?? { depth: 0, oldestSeconds: null };
}

const depthOf = (waiting: string) => `
  with waiting as materialized (${waiting})
  select (select count(*)::int from waiting) as depth,
    (select floor(extract(epoch from clock_timestamp() - time_of_id(message_id)))::int from waiting
      order by message_id limit 1) as "oldestSeconds"`;

const WAITING_OF_ACCOUNT = depthOf(`
  select message_id from queue_entries where account_id = $1 and released_at is null limit $2`);

/** Endpoint by endpoint, because no index of entries has their app or subscription. */
const waitingOf = (parent: 'app_id' | 'subscription_id') =>
  depthOf(`
  select found.message_id from endpoints cross join lateral (select message_id from queue_entries
      where queue_entries.account_id = $1 and queue_entries.endpoint_id = endpoints.id and released_at is null
      order by due_at, message_id limit $3 offset 0) found
  where endpoints.account_id = $1 and endpoints.${parent} = $2 limit $3`);

const WAITING_OF_APP = waitingOf('app_id');
const WAITING_OF_SUBSCRIPTION = waitingOf('subscription_id');
