import type { PoolClient } from 'pg';
import { enterQueues, type NewEntry } from '#src/domain/endpoint-queues/queue-entries.ts';
import { type QueueKey, wakeQueues } from '#src/domain/endpoint-queues/queue-wakes.ts';
import { queueRulesOf } from '#src/domain/outbound-rules/queueing.ts';
import type { AppRules, EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import type { DeliveryRef } from '#src/infra/queue/jobs.ts';

/**
 * Whether the deliveries of an endpoint wait in its queue now. When that changes, what is in the queue is released, and
 * what is not enters it when it is to be sent.
 */
export async function hasQueue(client: PoolClient, { accountId, endpointId }: QueueKey): Promise<boolean> {
  const { rows } = await client.query<{ rules: EndpointRules; appRules: AppRules; isPaused: boolean }>(
    `select endpoints.rules, apps.rules as "appRules", paused_at is not null as "isPaused"
     from endpoints join apps on apps.id = endpoints.app_id
     where endpoints.account_id = $1 and endpoints.id = $2`,
    [accountId, endpointId],
  );
  const [row] = rows;
  return row !== undefined && queueRulesOf(row.rules, row.appRules, row) !== null;
}

/**
 * Puts what a replay scheduled into the queue of its endpoint, in the transaction that scheduled it: all at once,
 * because jobs would be fetched by several processes, and the later ones could enter first and be sent first.
 */
export async function enterQueue(
  client: PoolClient,
  queue: QueueKey,
  refs: readonly DeliveryRef[],
): Promise<void> {
  const { accountId, appId } = queue;
  const { rows } = await client.query<{ id: string; orderingKey: string | null; coalesceKey: string | null }>(
    `select id, ordering_key as "orderingKey", coalesce_key as "coalesceKey" from messages
     where account_id = $1 and app_id = $2 and id = any($3)`,
    [accountId, appId, refs.map(({ messageId }) => messageId)],
  );
  const keys = new Map(rows.map(({ id, ...of }) => [id, of]));
  const entries = refs.map(({ messageId, endpointId, dueAt, trigger }): NewEntry => ({
    ...{ messageId, endpointId, trigger },
    dueAt: new Date(dueAt),
    // It is looked up when it is to be sent.
    mayHaveBeenSent: false,
    orderingKey: keys.get(messageId)?.orderingKey ?? null,
    coalesceKey: keys.get(messageId)?.coalesceKey ?? null,
  }));
  await enterQueues(client, accountId, entries);
  await wakeQueues(client, [queue]);
}
