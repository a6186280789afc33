import type { Pool, PoolClient } from 'pg';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import { MESSAGE_TEXT } from '#src/domain/messages/search-messages.ts';
import { asciiTermsSql } from '#src/domain/search/ascii-terms.ts';
import { SearchedTexts } from '#src/domain/search/searched-texts.ts';
import { asciiTermsOf, type TextQuery } from '#src/domain/search/text-query.ts';
import { TimeSlices } from '#src/domain/search/time-slices.ts';

/** A payload may be a megabyte. */
const MESSAGES_AT_A_TIME = 16;
/** Attempts' answers in memory are of so many deliveries. */
const DELIVERIES_AT_A_TIME = 100;

interface MessageTexts {
  messageId: string;
  isSent: boolean;
  payload: string | null;
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
 * attempts where it does not hold all words. Comparing yields to the event loop after each slice of time.
 */
export async function matchingText<K extends Key>(
  client: Pool | PoolClient,
  asked: Asked,
  keys: K[],
): Promise<K[]> {
  const matching = new Set<K>();
  const slices = new TimeSlices();
  const byMessage = [...Map.groupBy(keys, ({ messageId }) => messageId)];
  for (const some of chunksOf(byMessage, MESSAGES_AT_A_TIME)) {
    const messages = await readMessages(client, asked, {
      ids: some.map(([id]) => id),
      asciiTerms: asked.text.asciiTerms,
    });
    const left: K[] = [];
    for (const [id, ofMessage] of some) {
      if (!messages.has(id)) continue;
      if ((await messages.get(id)?.holdAll(asked.text.phrases, slices)) !== true) left.push(...ofMessage);
      else for (const key of ofMessage) matching.add(key);
    }
    for (const part of chunksOf(left, DELIVERIES_AT_A_TIME)) {
      for (const key of await metByAttempts(client, { ...asked, messages, slices }, part)) matching.add(key);
    }
  }
  return keys.filter((key) => matching.has(key));
}

/** Undefined: the message lacks an ASCII term, so its texts were not sent. A message that is gone is absent. */
type Messages = Map<string, SearchedTexts | undefined>;

async function readMessages(
  client: Pool | PoolClient,
  { accountId, appId }: Asked,
  { ids, asciiTerms }: { ids: string[]; asciiTerms: readonly string[] },
): Promise<Messages> {
  const values: unknown[] = [accountId, appId, ids];
  const bind = (value: unknown) => `$${String(values.push(value))}`;
  const { rows } = await client.query<MessageTexts>(messageTextsSql(asciiTerms, bind), values);
  return new Map(
    rows.map(({ messageId, isSent, payload, eventType, eventId }) => [
      messageId,
      isSent ? new SearchedTexts([payload, eventType, eventId]) : undefined,
    ]),
  );
}

/** Of deliveries whose messages do not hold all words. */
async function metByAttempts<K extends Key>(
  client: Pool | PoolClient,
  asked: Asked & { messages: Messages; slices: TimeSlices },
  keys: K[],
): Promise<K[]> {
  const { messages, slices } = asked;
  const partly = await attemptsHolding(client, asked, keys);
  const unread = partly
    .filter(({ messageId, unmet }) => unmet.length > 0 && messages.get(messageId) === undefined)
    .map(({ messageId }) => messageId);
  if (unread.length > 0) {
    const read = await readMessages(client, asked, { ids: [...new Set(unread)], asciiTerms: [] });
    for (const [id, texts] of read) messages.set(id, texts);
  }
  const found = new Set<string>();
  for (const { unmet, ...key } of partly) {
    if (found.has(keyOf(key))) continue;
    const isMet = unmet.length === 0 || (await messages.get(key.messageId)?.holdAll(unmet, slices)) === true;
    if (isMet) found.add(keyOf(key));
  }
  return keys.filter((key) => found.has(keyOf(key)));
}

/** The attempts that hold a phrase, and which they do not: what their messages have to hold. */
async function attemptsHolding(
  client: Pool | PoolClient,
  { accountId, text, slices }: Asked & { slices: TimeSlices },
  keys: Key[],
): Promise<(Key & { unmet: string[] })[]> {
  const { rows } = await client.query<AttemptTexts>(ATTEMPT_TEXTS, [
    accountId,
    keys.map(({ messageId }) => messageId),
    keys.map(({ endpointId }) => endpointId),
    text.phrases.every((phrase) => asciiTermsOf(phrase).length > 0) ? text.asciiTerms : [],
  ]);
  const holding: (Key & { unmet: string[] })[] = [];
  for (const { messageId, endpointId, responseBody, errorMessage } of rows) {
    const texts = new SearchedTexts([responseBody, errorMessage]);
    const unmet = text.phrases.filter((phrase) => !texts.hold(phrase));
    if (unmet.length < text.phrases.length) holding.push({ messageId, endpointId, unmet });
    if (slices.isOver) await slices.pause();
  }
  return holding;
}

const keyOf = ({ messageId, endpointId }: Key) => `${messageId}/${endpointId}`;

/** Texts are sent of those that may hold all of the terms. */
const messageTextsSql = (asciiTerms: readonly string[], bind: (value: unknown) => string) => `
  select message.* from unnest($3::uuid[]) as named(id) cross join lateral (
    select id as "messageId", "isSent", case when "isSent" then data end as payload, event_type as "eventType",
      event_id as "eventId"
    from (
      select id, data, event_type, event_id, ${asciiTermsSql(asciiTerms, MESSAGE_TEXT, bind)} as "isSent" from messages
      where messages.account_id = $1 and messages.app_id = $2 and messages.id = named.id offset 0
    ) read offset 0) message`;

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
