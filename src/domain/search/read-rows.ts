import type { PoolClient } from 'pg';
import { messageFilterTerms, OF_ANSWER, termsOfAttempt } from './filter-terms.ts';
import type { Source, Span } from './spans.ts';
import { BloomFilter } from './bloom-filter.ts';

/** A row of a list without its texts. */
export interface Row {
  id: string;
  /** The message whose payload counts as the row's text; for a message its own id. */
  messageId: string;
  /** Of the row's own texts, and of the payload in the first row that shares it. */
  bytes: number;
}

/** Bytes of text in one block, unless a single row has more. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/**
 * The first rows of a span, at most `limit`, and at most as many as fit into the memory bound. `isFull`: a block is.
 */
export async function firstRows(
  client: PoolClient,
  source: Source,
  { span, limit }: { span: Span; limit: number },
) {
  const { rows } = await client.query<Row>(ROWS[source.list], [
    source.accountId,
    source.appId,
    span.from,
    span.to,
    limit,
  ]);
  let bytes = 0;
  const fitting = rows.findIndex((row) => (bytes += row.bytes) > MAX_TEXT_BYTES);
  return fitting === -1
    ? { rows, isFull: rows.length === limit }
    : { rows: rows.slice(0, fitting + 1), isFull: true };
}

/** The filter of a span; `rows` are all rows of it. */
export async function buildFilter(
  client: PoolClient,
  source: Source,
  { span, rows }: { span: Span; rows: Row[] },
): Promise<Buffer> {
  const filter = new BloomFilter();
  const range = [source.accountId, source.appId, span.from, span.to];
  if (source.list === 'attempts') {
    const { rows: attempts } = await client.query<AttemptTexts>(ATTEMPT_TEXTS, range);
    for (const attempt of attempts) addAttempt(filter, attempt);
  }
  const ids = [...new Set(rows.map(({ messageId }) => messageId))];
  const { rows: messages } = await client.query<MessageTexts>(MESSAGE_TEXTS, [
    source.accountId,
    source.appId,
    ids,
  ]);
  for (const { data, eventType, eventId, channels } of messages) {
    filter.addText(data);
    filter.addText(eventType);
    filter.addText(eventId ?? '');
    if (source.list === 'messages')
      addWords(filter, messageFilterTerms({ eventType, eventId: eventId ?? undefined, channels }));
  }
  return filter.toBytes();
}

interface MessageTexts {
  data: string;
  eventType: string;
  eventId: string | null;
  channels: string[] | null;
}

interface AttemptTexts {
  endpointId: string;
  subscriptionId: string;
  eventType: string;
  succeeded: boolean;
  statusCode: number | null;
  outcome: string;
  trigger: string;
  errorMessage: string | null;
  responseBody: string | null;
}

function addAttempt(filter: BloomFilter, { errorMessage, responseBody, ...facets }: AttemptTexts): void {
  for (const text of [errorMessage ?? '', responseBody ?? '']) {
    filter.addText(text);
    filter.addText(text, OF_ANSWER);
  }
  addWords(filter, termsOfAttempt(facets));
}

function addWords(filter: BloomFilter, words: string[]): void {
  for (const word of words) filter.add(word);
}

/** `octet_length` reads a text's stored length, so no text is decompressed or fetched. */
const ROWS = {
  messages: `select id, id as "messageId", octet_length(data) as bytes from messages
    where account_id = $1 and app_id = $2 and id >= $3 and id < $4 order by id limit $5`,
  attempts: `select id, message_id as "messageId",
      coalesce(octet_length(response_body), 0) + coalesce(octet_length(error_message), 0)
        + case when row_number() over (partition by message_id order by id) > 1 then 0
          else coalesce((select octet_length(data) from messages
            where account_id = $1 and app_id = $2 and messages.id = attempts.message_id), 0) end as bytes
    from (select id, message_id, response_body, error_message from attempts
      where account_id = $1 and app_id = $2 and id >= $3 and id < $4 order by id limit $5) attempts
    order by id`,
};

const ATTEMPT_TEXTS = `select endpoint_id as "endpointId", subscription_id as "subscriptionId", event_type as "eventType",
    succeeded, status_code as "statusCode", coalesce(outcome, 'status') as outcome,
    coalesce(trigger, 'automatic') as trigger, error_message as "errorMessage", response_body as "responseBody"
  from attempts where account_id = $1 and app_id = $2 and id >= $3 and id < $4`;

const MESSAGE_TEXTS = `select message.* from unnest($3::uuid[]) wanted(id) cross join lateral (
    select data, event_type as "eventType", event_id as "eventId", channels from messages
    where account_id = $1 and app_id = $2 and id = wanted.id offset 0) message`;
