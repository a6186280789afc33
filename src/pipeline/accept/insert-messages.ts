import type { Pool, PoolClient } from 'pg';
import { committedEverywhere } from '#src/infra/database/prepared-commits.ts';
import { keepAtAccept, type KeptRow } from '#src/domain/deliveries/transitions/keep-at-accept.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { RoutedMessage, InsertResult } from './routed-message.ts';

interface Row {
  id: string;
  result: InsertResult;
  /** The messages that the shard has counted for the account today; `null` when the message was not counted. */
  counted: number | null;
}

export interface Inserted {
  /** One result for each message, in order. */
  results: InsertResult[];
  /** The messages that the shard has counted today, by account; of the accounts that this flush added to. */
  counts: Map<string, number>;
}

/**
 * Writes the messages of a flush and the deliveries that are kept back, and counts the messages for the plans of their
 * accounts.
 */
export async function insertMessages(
  client: PoolClient,
  routedMessages: RoutedMessage[],
  { day, shard }: { day: string; shard: number },
): Promise<Inserted> {
  const messages = routedMessages.map(messageRow);
  const kept = routedMessages.flatMap(keptRows);
  const { rows } = await client.query<Row>({
    name: 'insert-messages',
    text: INSERT_MESSAGES,
    values: [JSON.stringify(messages), JSON.stringify(kept), day, shard],
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const counts = new Map<string, number>();
  const results = routedMessages.map(({ message }): InsertResult => {
    const { result = 'stale', counted = null } = byId.get(message.id) ?? {};
    if (counted !== null) counts.set(message.accountId, counted);
    return result;
  });
  return { results, counts };
}

/** Whether the message was committed; false also while the database does not say so. */
export async function isStored(pool: Pool, message: Message | undefined): Promise<boolean> {
  if (message === undefined) return false;
  try {
    await committedEverywhere(pool);
    const { rowCount } = await pool.query(
      'select from messages where account_id = $1 and app_id = $2 and id = $3',
      [message.accountId, message.appId, message.id],
    );
    return rowCount === 1;
  } catch {
    return false;
  }
}

/** The deliveries of a message that are not sent now. */
export function keptRows({ message, held, ignored, queued = [] }: RoutedMessage): KeptRow[] {
  return [
    ...held.map((endpoint_id) => ({
      message_id: message.id,
      endpoint_id,
      state: 'held' as const,
      reason: null,
      next_attempt_at: null,
    })),
    ...queued.map(({ endpointId, dueAt }) => ({
      message_id: message.id,
      endpoint_id: endpointId,
      state: 'scheduled' as const,
      reason: null,
      next_attempt_at: dueAt,
    })),
    ...ignored.map(({ endpointId, reason }) => ({
      message_id: message.id,
      endpoint_id: endpointId,
      state: 'ignored' as const,
      reason,
      next_attempt_at: null,
    })),
  ];
}

/** A message as {@link MESSAGE_RECORD} takes it. */
export function messageRow({ message, ignored, revision }: RoutedMessage) {
  return {
    account_id: message.accountId,
    app_id: message.appId,
    id: message.id,
    event_type: message.eventType,
    version: message.version,
    event_id: message.eventId,
    override_payload: message.overridePayload,
    subscription_id: message.subscriptionId,
    endpoint_id: message.endpointId,
    endpoint_ids: message.endpointIds,
    deliveries_count: message.deliveriesCount,
    ...(ignored.length > 0 && { routed_count: message.deliveriesCount + ignored.length }),
    headers: message.headers,
    channels: message.channels,
    deliver_at: message.deliverAt,
    ...(message.orderingKey != null && { ordering_key: message.orderingKey }),
    ...(message.coalesceKey != null && { coalesce_key: message.coalesceKey }),
    ...stored(message),
    revision,
  };
}

/** The record of a message in JSON: a list of columns with their types. */
export const MESSAGE_RECORD = `account_id uuid, app_id uuid, id uuid, event_type text, version text, event_id text,
  override_payload boolean, subscription_id uuid, endpoint_id uuid, endpoint_ids uuid[], deliveries_count integer,
  routed_count integer, headers json, channels text[], deliver_at timestamptz, ordering_key text, coalesce_key text,
  data text, content_type text, data_base64 text, revision bigint`;

/** The columns of `messages` that {@link MESSAGE_VALUES} are for. */
export const MESSAGE_COLUMNS = `account_id, app_id, id, event_type, version, event_id, override_payload, subscription_id,
  endpoint_id, endpoint_ids, deliveries_count, routed_count, headers, channels, deliver_at, ordering_key, coalesce_key,
  data, content_type, data_bytes, routing_revision`;

/** Of a record, all but the account. */
export const MESSAGE_VALUES = `app_id, id, event_type, version, event_id, override_payload, subscription_id,
  endpoint_id, endpoint_ids, deliveries_count, routed_count, headers, channels, deliver_at, ordering_key, coalesce_key,
  data, content_type, decode(data_base64, 'base64'), revision`;

/**
 * The columns of the data. Absent members are null: nearly all messages are JSON, whose data is all there is to say.
 */
function stored(message: Message): { data: string; content_type?: string | null; data_base64?: string } {
  const { data, contentType: content_type } = message;
  if (content_type === null && typeof data === 'string') return { data };
  return typeof data === 'string'
    ? { data, content_type }
    : { data: '', content_type, data_base64: data.toString('base64') };
}

/**
 * `current`: only what was routed by the app's present revision; the rest is routed again.
 * `first`: of equal event_ids, also of concurrent flushes, one wins; in key order, so that two flushes cannot deadlock.
 * `counted`: what was accepted, once, in the same statement; accounts in order, for the same reason.
 * Named: it scans no job table, and its plan does not depend on how full the tables are.
 */
const INSERT_MESSAGES = `
  with input as (
    select * from json_to_recordset($1) as x(${MESSAGE_RECORD})
  ), current as (
    select input.* from input join apps
    on apps.account_id = input.account_id and apps.id = input.app_id and apps.revision = input.revision
  ), first as (
    insert into message_event_ids (account_id, app_id, event_id, message_id)
    select account_id, app_id, event_id, id from current where event_id is not null order by 1, 2, 3, 4
    on conflict do nothing returning message_id
  ), accepted as (
    insert into messages (${MESSAGE_COLUMNS}) select account_id, ${MESSAGE_VALUES}
    from current where event_id is null or id in (select message_id from first)
    returning account_id, app_id, id
  ), kept as (${keepAtAccept({ accepted: 'accepted', kept: '$2' })}
  ), counted as (
    insert into message_counts as kept (account_id, day, shard, messages)
    select account_id, $3, $4, count(*) from accepted group by account_id order by account_id
    on conflict (account_id, day, shard) do update set messages = kept.messages + excluded.messages
    returning account_id, messages
  )
  select input.id, counted.messages as counted, case when accepted.id is not null then 'accepted'
    when current.id is not null then 'duplicate' else 'stale' end as result
  from input left join current on current.id = input.id left join accepted on accepted.id = input.id
  left join counted on counted.account_id = accepted.account_id`;
