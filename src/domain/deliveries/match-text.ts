import type { Pool, PoolClient } from 'pg';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import { asciiTermsOf, matches, type TextQuery, unmetBy } from '#src/domain/search/text-query.ts';

/** A payload may be a megabyte. */
const MESSAGES_AT_A_TIME = 16;
/** Attempts' answers in memory are of so many deliveries. */
const DELIVERIES_AT_A_TIME = 100;

interface MessageTexts {
  messageId: string;
  payload: string;
  eventType: string;
  eventId: string | null;
}

interface AttemptTexts {
  messageId: string;
  endpointId: string;
  responseBody: string | null;
  errorMessage: string | null;
}

interface Key {
  messageId: string;
  endpointId: string;
}

interface Asked {
  accountId: string;
  appId: string;
  text: TextQuery;
}

/**
 * Those of the deliveries whose message, or an attempt of theirs with it, holds the words. A message is read once, and
 * attempts where it does not hold all words.
 */
export async function matchingText<K extends Key>(
  client: Pool | PoolClient,
  asked: Asked,
  keys: K[],
): Promise<K[]> {
  const matching = new Set<K>();
  const byMessage = [...Map.groupBy(keys, ({ messageId }) => messageId)];
  for (const some of chunksOf(byMessage, MESSAGES_AT_A_TIME)) {
    const unmet = await unmetByMessages(
      client,
      asked,
      some.map(([id]) => id),
    );
    const left: K[] = [];
    for (const [id, ofMessage] of some) {
      if (unmet.get(id)?.phrases.length === 0) for (const key of ofMessage) matching.add(key);
      else if (unmet.has(id)) left.push(...ofMessage);
    }
    for (const part of chunksOf(left, DELIVERIES_AT_A_TIME)) {
      for (const key of await metByAttempts(client, { ...asked, unmet }, part)) matching.add(key);
    }
  }
  return keys.filter((key) => matching.has(key));
}

/** What the messages leave of the words; a message that is gone is absent. */
async function unmetByMessages(
  client: Pool | PoolClient,
  { accountId, appId, text }: Asked,
  ids: string[],
): Promise<Map<string, TextQuery>> {
  const { rows } = await client.query<MessageTexts>(MESSAGE_TEXTS, [accountId, appId, ids]);
  return new Map(
    rows.map(({ messageId, payload, eventType, eventId }) => [
      messageId,
      unmetBy(text, [payload, eventType, eventId]),
    ]),
  );
}

async function metByAttempts<K extends Key>(
  client: Pool | PoolClient,
  { accountId, text, unmet }: Asked & { unmet: Map<string, TextQuery> },
  keys: K[],
): Promise<K[]> {
  const { rows } = await client.query<AttemptTexts>(ATTEMPT_TEXTS, [
    accountId,
    keys.map(({ messageId }) => messageId),
    keys.map(({ endpointId }) => endpointId),
    text.phrases.every((phrase) => asciiTermsOf(phrase).length > 0) ? text.asciiTerms : [],
  ]);
  const met = rows.filter(({ messageId, responseBody, errorMessage }) => {
    const left = unmet.get(messageId);
    return left !== undefined && matches(left, [responseBody, errorMessage]);
  });
  const found = new Set(met.map(keyOf));
  return keys.filter((key) => found.has(keyOf(key)));
}

const keyOf = ({ messageId, endpointId }: Key) => `${messageId}/${endpointId}`;

const MESSAGE_TEXTS = `
  select message.* from unnest($3::uuid[]) as named(id) cross join lateral (
    select id as "messageId", data as payload, event_type as "eventType", event_id as "eventId" from messages
    where messages.account_id = $1 and messages.app_id = $2 and messages.id = named.id offset 0) message`;

/** Attempts that hold an ASCII term, if each phrase has one, or a `\u` escape, which may stand for one. */
const ATTEMPT_TEXTS = `
  select named.message_id as "messageId", named.endpoint_id as "endpointId", attempt.*
  from unnest($2::uuid[], $3::uuid[]) as named(message_id, endpoint_id)
  cross join lateral (select response_body as "responseBody", error_message as "errorMessage" from (
    select response_body, error_message, lower(concat_ws(' ', response_body, error_message) collate "C") as folded
      from attempts where attempts.account_id = $1 and attempts.message_id = named.message_id
        and attempts.endpoint_id = named.endpoint_id offset 0
    ) read where strpos(folded, '\\u') > 0 or $4 = '{}' or exists (
      select from unnest($4::text[]) as term where strpos(folded, term) > 0)) attempt`;
