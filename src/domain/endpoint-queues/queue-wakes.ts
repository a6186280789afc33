import type { Pool, PoolClient } from 'pg';

/** An endpoint that has a queue. */
export interface QueueKey {
  accountId: string;
  appId: string;
  endpointId: string;
}

/**
 * Has the queues looked at, in the transaction that changed something of theirs: what waits, what was released, or
 * what is released next.
 */
export async function wakeQueues(client: PoolClient, queues: readonly QueueKey[]): Promise<void> {
  const byEndpoint = new Map(queues.map((queue) => [queue.endpointId, queue]));
  const named = [...byEndpoint.values()];
  await client.query(
    `with woken as (
       insert into endpoint_queue_wakes (account_id, app_id, endpoint_id)
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[])
     ) select pg_notify('endpoint_queues', '')`,
    [
      named.map(({ accountId }) => accountId),
      named.map(({ appId }) => appId),
      named.map(({ endpointId }) => endpointId),
    ],
  );
}

/** Has the queue looked at then; in place of all times before. */
export async function wakeAt(
  client: PoolClient,
  { accountId, appId, endpointId }: QueueKey,
  at: Date,
): Promise<void> {
  await client.query(
    `insert into endpoint_queue_wakes (account_id, app_id, endpoint_id, wake_at) values ($1, $2, $3, $4)`,
    [accountId, appId, endpointId, at],
  );
}

export async function forgetWakes(client: PoolClient, { accountId, endpointId }: QueueKey): Promise<void> {
  await client.query('delete from endpoint_queue_wakes where account_id = $1 and endpoint_id = $2', [
    accountId,
    endpointId,
  ]);
}

/** Has a queue that could not be looked at looked at later, in place of all times before. */
export async function snoozeWakes(client: PoolClient, queue: QueueKey, seconds: number): Promise<void> {
  const { accountId, appId, endpointId } = queue;
  await forgetWakes(client, queue);
  await client.query(
    `insert into endpoint_queue_wakes (account_id, app_id, endpoint_id, wake_at)
     values ($1, $2, $3, clock_timestamp() + $4 * interval '1 second')`,
    [accountId, appId, endpointId, seconds],
  );
}

const MAX_QUEUES_PER_ACCOUNT = 10;
const MAX_QUEUES = 200;

/** Queues that are to be looked at now, a few of each account, in a round robin by account. */
export async function dueQueues(pool: Pool): Promise<QueueKey[]> {
  const { rows } = await pool.query<QueueKey>(
    `select account_id as "accountId", app_id as "appId", endpoint_id as "endpointId" from (
       select account_id, app_id, endpoint_id, row_number() over (partition by account_id order by min(wake_at)) as turn
       from endpoint_queue_wakes where wake_at <= clock_timestamp() group by account_id, app_id, endpoint_id
     ) due
     where turn <= ${String(MAX_QUEUES_PER_ACCOUNT)} order by turn limit ${String(MAX_QUEUES)}`,
  );
  return rows;
}

/** In how many milliseconds the next queue is to be looked at; `null`: none is. */
export async function nextWakeInMs(pool: Pool): Promise<number | null> {
  const { rows } = await pool.query<{ ms: number | null }>(
    `select (extract(epoch from min(wake_at) - clock_timestamp()) * 1000)::float8 as ms from endpoint_queue_wakes`,
  );
  return rows[0]?.ms ?? null;
}
