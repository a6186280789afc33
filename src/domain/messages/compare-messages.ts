import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { Message } from './message.ts';

/** The message that has an event id already. */
export interface ComparedMessage {
  id: string;
  eventId: string;
  /** Whether the message that came now says the same, to the same target. */
  isSame: boolean;
  /** Bytes of its payload. */
  bytes: number;
}

/** What must be the same in two messages with one event id. */
export type SaidMessage = Pick<
  Message,
  'eventId' | 'subscriptionId' | 'endpointId' | 'eventType' | 'version' | 'contentType' | 'data'
>;

/**
 * Compares messages with those that were accepted with their event ids, as `client` sees them, by event
 * id. Their payloads stay in the database: a batch of small messages may meet a gigabyte. One that is past its
 * retention is absent. Of an event id that comes twice, one that differs decides.
 */
export async function compareByEventId(
  client: Pool | PoolClient,
  app: { accountId: string; appId: string },
  messages: SaidMessage[],
): Promise<Map<string | null, ComparedMessage>> {
  const posted = messages.map((message) => ({
    event_id: message.eventId,
    subscription_id: message.subscriptionId,
    endpoint_id: message.endpointId,
    event_type: message.eventType,
    version: message.version,
    content_type: message.contentType,
    is_text: typeof message.data === 'string',
    bytes: Buffer.byteLength(message.data),
    sha256: createHash('sha256').update(message.data).digest('hex'),
  }));
  const { rows } = await client.query<ComparedMessage>(COMPARE, [
    app.accountId,
    app.appId,
    JSON.stringify(posted),
  ]);
  const found = new Map<string | null, ComparedMessage>();
  for (const row of rows) if (found.get(row.eventId)?.isSame !== false) found.set(row.eventId, row);
  return found;
}

/**
 * Each look is one step into an index: `offset 0` keeps the planner from joining with partitions that it has no
 * statistics of. A payload is read, to be hashed, only when all else is the same, its size too.
 */
const COMPARE = `
  select first.id, posted.event_id as "eventId", first.bytes,
    coalesce(first.sha256 = posted.sha256, false) as "isSame"
  from json_to_recordset($3) as posted(event_id text, subscription_id uuid, endpoint_id uuid, event_type text,
    version text, content_type text, is_text boolean, bytes integer, sha256 text)
  cross join lateral (select message_id from message_event_ids known
    where known.account_id = $1 and known.app_id = $2 and known.event_id = posted.event_id offset 0) known
  cross join lateral (
    select id, bytes,
      case when is_like then encode(sha256(coalesce(data_bytes, convert_to(data, 'UTF8'))), 'hex') end as sha256
    from (
      select id, data, data_bytes, coalesce(octet_length(data_bytes), octet_length(data)) as bytes,
        (subscription_id is not distinct from posted.subscription_id
          and endpoint_id is not distinct from posted.endpoint_id
          and event_type = posted.event_type and version = posted.version
          and content_type is not distinct from posted.content_type
          and (data_bytes is null) = posted.is_text
          and coalesce(octet_length(data_bytes), octet_length(data)) = posted.bytes) as is_like
      from messages where account_id = $1 and app_id = $2 and id = known.message_id offset 0
    ) stored offset 0
  ) first`;
