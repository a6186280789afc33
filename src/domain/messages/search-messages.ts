import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { messageFilterTerms } from '#src/domain/search/filter-terms.ts';
import { asciiTermsSql } from '#src/domain/search/ascii-terms.ts';
import { type Found, search } from '#src/domain/search/search.ts';
import type { Span } from '#src/domain/search/spans.ts';
import { matches } from '#src/domain/search/searched-texts.ts';
import { LISTED_COLUMNS, type ListedMessage, messageOf, type StoredListedMessage } from './message.ts';
import type { MessageFilters } from './message-filters.ts';
import { reachesOneOf } from './reached-sql.ts';

interface MessageSearch {
  app: App;
  filters: MessageFilters;
}

/** A page of messages by the text of their payload, their event type, their event id and their subscription. */
export async function searchMessages(
  pool: Pool,
  { app, filters }: MessageSearch,
  paging: Paging,
): Promise<Found<ListedMessage>> {
  const { text } = filters;
  const [from, to] = idRange(filters, paging);
  const asked = { ...filters, channels: filters.channel === undefined ? null : [filters.channel] };
  const { rows, ...rest } = await search<LookedAt>(pool, {
    source: { accountId: app.accountId, appId: app.id, list: 'messages' },
    requiredTerms: [...messageFilterTerms(asked), ...(text?.words ?? [])],
    range: { from, to },
    paging,
    read: (span, limit) =>
      readSpan(pool, { app, filters, span, isBackwards: paging.after !== undefined }, limit),
    bytesOf: ({ bytes }) => bytes,
    isMatch: ({ dataText, eventType, eventId }, slices) =>
      text === undefined || matches(text, [dataText, eventType, eventId], slices),
  });
  return { ...rest, rows: await wholeMessages(pool, app, rows) };
}

/** What a search reads of a message. Not its endpoints, because it looks at many more messages than it answers. */
interface LookedAt {
  id: string;
  /** Null where no text is searched. */
  dataText: string | null;
  eventType: string;
  eventId: string | null;
  bytes: number;
}

/** In the order of `found`, without those that were deleted meanwhile. */
async function wholeMessages(pool: Pool, app: App, found: LookedAt[]): Promise<ListedMessage[]> {
  const { rows } = await pool.query<StoredListedMessage>(
    `select ${LISTED_COLUMNS} from messages where account_id = $1 and app_id = $2 and id = any($3)`,
    [app.accountId, app.id, found.map(({ id }) => id)],
  );
  const byId = new Map(rows.map((row) => [row.id, messageOf(row)]));
  return found.flatMap(({ id }) => byId.get(id) ?? []);
}

/** SQL: the searched texts of a message, concatenated. */
export const MESSAGE_TEXT = `concat_ws(' ', data, event_type, event_id)`;

async function readSpan(
  pool: Pool,
  { app, filters, span, isBackwards }: MessageSearch & { span: Span; isBackwards: boolean },
  limit: number,
): Promise<LookedAt[]> {
  const values: unknown[] = [
    app.accountId,
    app.id,
    filters.eventType ?? null,
    filters.eventId ?? null,
    span.from,
    span.to,
    filters.channel ?? null,
  ];
  const bind = (value: unknown) => `$${String(values.push(value))}`;
  const ofSubscription =
    filters.subscriptionId === undefined ? 'true' : ofSubscriptionSql(bind(filters.subscriptionId));
  const dataText = filters.text === undefined ? 'null' : 'data';
  const { rows } = await pool.query<LookedAt>(
    `select id, event_type as "eventType", event_id as "eventId", ${dataText} as "dataText",
       octet_length(data) + coalesce(octet_length(data_bytes), 0) as bytes
     from messages
     where account_id = $1 and app_id = $2
       and ($3::text is null or event_type = $3) and ($4::text is null or event_id = $4)
       and id >= $5 and id < $6 and ${ofSubscription} and ($7::text is null or $7 = any(channels))
       and ${asciiTermsSql(filters.text?.asciiTerms ?? [], MESSAGE_TEXT, bind)}
     order by id ${isBackwards ? 'asc' : 'desc'} limit ${bind(limit)}`,
    values,
  );
  return rows;
}

/** What was posted to it, or reaches its endpoints. The array does not depend on the message's row: it is read once. */
const ofSubscriptionSql = (id: string) => {
  const endpoints = `array(
     select endpoints.id from endpoints where endpoints.account_id = $1 and endpoints.subscription_id = ${id})`;
  return `(subscription_id = ${id} or ${reachesOneOf(endpoints)})`;
};
