import type { PoolClient } from 'pg';
import type { DeliveryRef } from '#src/infra/queue/jobs.ts';

interface Missing {
  accountId: string;
  appId: string;
  endpointId: string;
  /** Messages without a delivery to the endpoint. */
  messageIds: string[];
}

/**
 * Begins the deliveries of messages to an endpoint that they were not routed to, due at `dueAt`, and answers them as
 * jobs name them. One that exists by now is left as it is. The caller enqueues a job in the same transaction.
 */
export async function scheduleMissing(
  client: PoolClient,
  { accountId, appId, endpointId, messageIds }: Missing,
  dueAt: Date,
): Promise<DeliveryRef[]> {
  if (messageIds.length === 0) return [];
  const { rows } = await client.query<{ messageId: string }>(BEGIN, [
    accountId,
    appId,
    endpointId,
    messageIds,
    dueAt,
  ]);
  const ids = rows.map(({ messageId }) => messageId);
  await client.query(COUNT, [accountId, appId, ids]);
  return ids.map((messageId) => ({
    ...{ accountId, appId, messageId, endpointId },
    attemptsMade: 0,
    dueAt: dueAt.toISOString(),
    trigger: 'replay',
  }));
}

const BEGIN = `
  insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
  select $1::uuid, $2::uuid, id, $3::uuid, 'scheduled', 0, $5::timestamptz from unnest($4::uuid[]) as named(id) order by id
  on conflict (account_id, message_id, endpoint_id) do nothing
  returning message_id as "messageId"`;

const COUNT = `
  update messages set deliveries_count = deliveries_count + 1, routed_count = routed_count + 1
  where account_id = $1 and app_id = $2 and id = any($3)`;
