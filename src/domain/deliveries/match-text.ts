import type { Pool, PoolClient } from 'pg';
import { matches, type TextQuery } from '#src/domain/search/text-query.ts';

/** A payload may be a megabyte. */
const MESSAGES_AT_A_TIME = 16;

interface Texts {
  messageId: string;
  endpointId: string;
  payload: string;
  eventType: string;
  eventId: string | null;
  responseBody: string | null;
  errorMessage: string | null;
}

type Key = Pick<Texts, 'messageId' | 'endpointId'>;

/** Those of the deliveries whose message, or an attempt of theirs with it, holds the words. */
export async function matchingText<K extends Key>(
  client: Pool | PoolClient,
  { accountId, appId, text }: { accountId: string; appId: string; text: TextQuery },
  keys: K[],
): Promise<K[]> {
  const matching: K[] = [];
  for (let at = 0; at < keys.length; at += MESSAGES_AT_A_TIME) {
    const some = keys.slice(at, at + MESSAGES_AT_A_TIME);
    const { rows } = await client.query<Texts>(TEXTS, [
      accountId,
      appId,
      some.map(({ messageId }) => messageId),
      some.map(({ endpointId }) => endpointId),
    ]);
    const found = new Set(rows.filter((row) => matches(text, textsOf(row))).map(keyOf));
    matching.push(...some.filter((key) => found.has(keyOf(key))));
  }
  return matching;
}

const keyOf = ({ messageId, endpointId }: Key) => `${messageId}/${endpointId}`;

const textsOf = ({ payload, eventType, eventId, responseBody, errorMessage }: Texts) => [
  payload,
  eventType,
  eventId,
  responseBody,
  errorMessage,
];

/** One row for each attempt, and one where there is none. */
const TEXTS = `
  select named.message_id as "messageId", named.endpoint_id as "endpointId", message.*, attempt.*
  from unnest($3::uuid[], $4::uuid[]) as named(message_id, endpoint_id)
  cross join lateral (select data as payload, event_type as "eventType", event_id as "eventId" from messages
    where messages.account_id = $1 and messages.app_id = $2 and messages.id = named.message_id offset 0) message
  left join lateral (select response_body as "responseBody", error_message as "errorMessage" from attempts
    where attempts.account_id = $1 and attempts.message_id = named.message_id
      and attempts.endpoint_id = named.endpoint_id offset 0) attempt on true`;
