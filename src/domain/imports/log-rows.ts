import type { Pool, PoolClient } from 'pg';
import { ATTEMPTED, countAttempted } from '#src/domain/attempts/count-sql.ts';

// One function a statement: the history that an import writes. None of them queues a job.

export interface MessageRow {
  account_id: string;
  app_id: string;
  id: string;
  event_type: string;
  version: string;
  event_id: string | null;
  override_payload: boolean;
  endpoint_ids: string[];
  deliveries_count: number;
  headers: object | null;
  channels: string[] | null;
  deliver_at: string | null;
  ordering_key: string | null;
  coalesce_key: string | null;
  content_type: string | null;
  data: string;
  data_bytes: string | null;
}

/** With the number of the message's imported deliveries, each of which has a row. */
export type RoutedRow = MessageRow & { routed_count: number };

type MessageKey = Pick<MessageRow, 'account_id' | 'app_id' | 'id' | 'event_id'>;

/** The ids of the messages that {@link insertMessages} would insert. All messages are of one app. */
export async function findNew(pool: Pool, messages: MessageKey[]): Promise<Set<string>> {
  const [first] = messages;
  const { rows } = await pool.query<{ id: string }>(
    `select x.id from unnest($3::uuid[], $4::text[]) as x(id, event_id)
     where not exists (select from messages
         where account_id = $1 and app_id = $2 and messages.id = x.id offset 0)
       and not exists (select from message_event_ids known
         where account_id = $1 and app_id = $2 and known.event_id = x.event_id offset 0)`,
    [
      first?.account_id,
      first?.app_id,
      messages.map(({ id }) => id),
      messages.map(({ event_id }) => event_id),
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Returns the ids of the inserted messages. A message whose `event_id` its app has already is not inserted. */
export async function insertMessages(client: PoolClient, rows: RoutedRow[]): Promise<Set<string>> {
  const { rows: inserted } = await client.query<{ id: string }>(
    `with input as (
       select * from json_to_recordset($1) as x(account_id uuid, app_id uuid, id uuid, event_type text, version text,
         event_id text, override_payload boolean, endpoint_ids uuid[], deliveries_count integer,
         routed_count integer, headers json, channels text[], deliver_at timestamptz, ordering_key text,
         coalesce_key text, content_type text, data text, data_bytes text)
     ), first as (
       insert into message_event_ids (account_id, app_id, event_id, message_id)
       select account_id, app_id, event_id, id from input where event_id is not null order by 1, 2, 3, 4
       on conflict do nothing returning message_id
     )
     insert into messages (account_id, app_id, id, event_type, version, event_id, override_payload, endpoint_ids,
       deliveries_count, routed_count, headers, channels, deliver_at, ordering_key, coalesce_key, content_type, data,
       data_bytes, routing_revision)
     select input.account_id, app_id, input.id, event_type, version, event_id, override_payload, endpoint_ids,
       deliveries_count, routed_count, headers, channels, deliver_at, ordering_key, coalesce_key, content_type, data,
       decode(data_bytes, 'base64'),
       apps.revision
     from input join apps on apps.id = app_id and apps.account_id = input.account_id
     where event_id is null or input.id in (select message_id from first)
     on conflict do nothing returning id`,
    [JSON.stringify(rows)],
  );
  return new Set(inserted.map(({ id }) => id));
}

export interface AttemptRow {
  account_id: string;
  app_id: string;
  id: string;
  /** The other columns by name. */
  [column: string]: unknown;
}

/** Inserts attempts and counts them by endpoint and by app. Returns how many were inserted. */
export async function insertAttempts(client: PoolClient, rows: AttemptRow[]): Promise<number> {
  const { rows: counted } = await client.query<{ count: number }>(
    `with attempted as (
       insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, duration_ms,
         first_byte_ms, dns_ms, connect_ms, tls_ms, attempt_number, status_code, succeeded, event_type, trigger, outcome,
         error_message, response_headers, response_body, possible_duplicate, was_repeated, may_be_taken,
         execution_id, next_attempt_at)
       select * from json_to_recordset($1) as x(account_id uuid, app_id uuid, id uuid, message_id uuid, endpoint_id uuid,
         subscription_id uuid, duration_ms integer, first_byte_ms integer, dns_ms integer, connect_ms integer,
         tls_ms integer, attempt_number smallint, status_code smallint, succeeded boolean, event_type text, trigger text,
         outcome text, error_message text, response_headers text, response_body text,
         possible_duplicate boolean, was_repeated boolean, may_be_taken boolean, execution_id uuid, next_attempt_at timestamptz)
       on conflict do nothing
       returning ${ATTEMPTED}
     ), ${countAttempted('0')}
     select count(*)::int as count from attempted`,
    [JSON.stringify(rows)],
  );
  return counted[0]?.count ?? 0;
}
