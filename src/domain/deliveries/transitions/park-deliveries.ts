import type { PoolClient } from 'pg';
import type { DeliveryKey } from '#src/domain/deliveries/delivery.ts';
import { hasSucceeded } from '#src/domain/deliveries/state-sql.ts';
import { accountOf, type DeliveryJobData, type DeliveryTrigger } from '#src/infra/queue/jobs.ts';

export interface ParkedDelivery extends DeliveryKey {
  eventType: string;
  attemptsMade: number;
  trigger: DeliveryTrigger;
}

/**
 * Gives the outstanding deliveries of a job up: a replay may send them. A probe's returns to its state before. Reads no
 * payload, because that may be what killed the processes. Answers those that moved.
 */
export async function parkDeliveries(client: PoolClient, job: DeliveryJobData): Promise<ParkedDelivery[]> {
  const { messages = [], deliveries = [] } = job;
  const pending = messages.flatMap(({ appId, messageIds }) =>
    messageIds.map((id) => ({ app_id: appId, id })),
  );
  const scheduled = deliveries.map((ref) => ({
    message_id: ref.messageId,
    endpoint_id: ref.endpointId,
    state: ref.missedAs ?? 'failed',
    trigger: ref.trigger,
    due_at: ref.dueAt,
  }));
  const { rows } = await client.query<ParkedDelivery>(PARK, [
    accountOf(job),
    JSON.stringify(pending),
    JSON.stringify(scheduled),
  ]);
  return rows;
}

const SUCCEEDED = hasSucceeded({ accountId: '$1', messageId: 'm.id', endpointId: 'to_endpoint.id' });

/** Of one account, as a job is. */
const PARK = `
  with pending as (
    insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
    select m.account_id, m.app_id, m.id, to_endpoint.id, 'failed', 1
    from json_to_recordset($2) as named(app_id uuid, id uuid)
    join messages m on m.account_id = $1 and m.app_id = named.app_id and m.id = named.id
    cross join unnest(m.endpoint_ids) as to_endpoint(id)
    where not ${SUCCEEDED}
    on conflict (account_id, message_id, endpoint_id) do nothing
    returning account_id, app_id, message_id, endpoint_id, attempts_made, 'automatic' as trigger
  ), scheduled as (
    update deliveries d set state = named.state, attempts_made = d.attempts_made + 1, next_attempt_at = null
    from json_to_recordset($3) as named(message_id uuid, endpoint_id uuid, state text, trigger text,
      due_at timestamptz)
    where d.account_id = $1 and d.message_id = named.message_id
      and d.endpoint_id = named.endpoint_id and d.state = 'scheduled' and d.next_attempt_at = named.due_at
    returning d.account_id, d.app_id, d.message_id, d.endpoint_id, d.attempts_made, named.trigger
  )
  select parked.account_id as "accountId", parked.app_id as "appId", message_id as "messageId",
    parked.endpoint_id as "endpointId", attempts_made as "attemptsMade", trigger, event_type as "eventType"
  from (select * from pending union all select * from scheduled) parked
  join messages m on m.account_id = $1 and m.app_id = parked.app_id and m.id = parked.message_id`;
