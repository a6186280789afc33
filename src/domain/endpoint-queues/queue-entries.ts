import type { PoolClient } from 'pg';
import type { DeliveryTrigger } from '#src/infra/queue/jobs.ts';

/** A delivery by its message and endpoint, both of an account that is named beside it. */
export interface EntryKey {
  messageId: string;
  endpointId: string;
}

/** A delivery that is to wait in the queue of its endpoint. */
export interface NewEntry extends EntryKey {
  /** The time that its row is scheduled for. */
  dueAt: Date;
  trigger: DeliveryTrigger;
  mayHaveBeenSent: boolean;
  orderingKey: string | null;
  coalesceKey: string | null;
}

/**
 * Puts deliveries of one account into the queues of their endpoints, or back; in the transaction that schedules them,
 * after it. Whatever is not scheduled for the time of its entry, by now, is left as it is: another has moved it.
 */
export async function enterQueues(
  client: PoolClient,
  accountId: string,
  entries: readonly NewEntry[],
): Promise<void> {
  const rows = new Map(entries.map((entry) => [`${entry.messageId}/${entry.endpointId}`, rowOf(entry)]));
  await client.query(ENTER, [accountId, JSON.stringify([...rows.values()])]);
}

/** Deletes the entries of those deliveries of one account that are not scheduled any more. */
export async function leaveQueues(
  client: PoolClient,
  accountId: string,
  keys: readonly EntryKey[],
): Promise<void> {
  const rows = keys.map(({ messageId, endpointId }) => ({ message_id: messageId, endpoint_id: endpointId }));
  await client.query(LEAVE, [accountId, JSON.stringify(rows)]);
}

const rowOf = ({
  messageId,
  endpointId,
  dueAt,
  trigger,
  mayHaveBeenSent,
  orderingKey,
  coalesceKey,
}: NewEntry) => ({
  message_id: messageId,
  endpoint_id: endpointId,
  due_at: dueAt,
  trigger,
  may_have_been_sent: mayHaveBeenSent,
  ordering_key: orderingKey,
  coalesce_key: coalesceKey,
});

const ENTER = `
  insert into queue_entries (account_id, app_id, endpoint_id, message_id, attempts_made, trigger, may_have_been_sent,
    due_at, ordering_key, coalesce_key)
  select $1::uuid, found.app_id, found.endpoint_id, found.message_id, found.attempts_made, x.trigger,
    x.may_have_been_sent, found.next_attempt_at, x.ordering_key, x.coalesce_key
  from json_to_recordset($2) as x(message_id uuid, endpoint_id uuid, due_at timestamptz, trigger text,
    may_have_been_sent boolean, ordering_key text, coalesce_key text)
  cross join lateral (
    select app_id, endpoint_id, message_id, attempts_made, next_attempt_at from deliveries
    where deliveries.account_id = $1 and deliveries.message_id = x.message_id
      and deliveries.endpoint_id = x.endpoint_id and state = 'scheduled' and next_attempt_at = x.due_at
    offset 0
  ) found
  order by found.endpoint_id, found.message_id
  on conflict (account_id, endpoint_id, message_id) do update
  set attempts_made = excluded.attempts_made, trigger = excluded.trigger, due_at = excluded.due_at,
    may_have_been_sent = excluded.may_have_been_sent, released_at = null, is_coalesced = false`;

const LEAVE = `
  delete from queue_entries using json_to_recordset($2) as x(message_id uuid, endpoint_id uuid)
  where queue_entries.account_id = $1 and queue_entries.endpoint_id = x.endpoint_id
    and queue_entries.message_id = x.message_id and not exists (
      select from deliveries where deliveries.account_id = $1 and deliveries.message_id = x.message_id
        and deliveries.endpoint_id = x.endpoint_id and state = 'scheduled' offset 0)`;

/** Deletes the entries of a message that wait at these endpoints, and answers at which there was one. */
export async function leaveUnreleased(
  client: PoolClient,
  { accountId, messageId }: { accountId: string; messageId: string },
  endpointIds: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ endpointId: string }>(
    `delete from queue_entries
     where account_id = $1 and message_id = $2 and endpoint_id = any($3) and released_at is null
     returning endpoint_id as "endpointId"`,
    [accountId, messageId, endpointIds],
  );
  return rows.map(({ endpointId }) => endpointId);
}
