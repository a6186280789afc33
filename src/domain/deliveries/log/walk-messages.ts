import type { Pool } from 'pg';
import { nextId, previousId } from '#src/infra/database/id-range.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import {
  deliveriesAt,
  deliveriesBetween,
  deliveriesByMessage,
  startsOfParts,
} from '#src/domain/deliveries/deliveries-of-message.ts';
import { reachesOneOf } from '#src/domain/messages/reached-sql.ts';
import { messageFilterTerms } from '#src/domain/search/filter-terms.ts';
import { mergeSteps } from '#src/domain/search/merge-steps.ts';
import { type Span, walkSpans } from '#src/domain/search/spans.ts';
import type { Routed } from '#src/domain/deliveries/state-sql.ts';
import { placeOf } from '#src/infra/lib/place.ts';
import type { FoundDelivery } from './listed-delivery.ts';
import { narrowByText } from './narrow-by-text.ts';
import { FIRST_ID, LAST_ID, messageSpan, startOf } from './place.ts';
import type { Part, Walk } from './walk.ts';

/** Messages that are read at a time: fewer at first, because these often have all that a page holds. */
const FIRST_MESSAGES = 32;
const MAX_MESSAGES = 200;
/** About how many deliveries the messages that are read at a time may have together. */
const MAX_DELIVERIES = 1000;
/** Of a message to more endpoints the deliveries are read in parts of so many. */
const DELIVERIES_AT_A_TIME = 250;

/** `weight`: about how many deliveries it has that the walk reads. */
type RoutedMessage = Routed & { eventType: string; weight: number };

/**
 * Walks over messages and their deliveries, with or without a row. Blocks of the search that lack the event type are
 * skipped, and messages that with their attempts lack the words.
 */
export async function* walkMessages(pool: Pool, walk: Walk): AsyncGenerator<Part> {
  const { app, eventType, text, isBackwards } = walk;
  const range = messageSpan(walk.range);
  const steps = walkSpans(pool, {
    source: { accountId: app.accountId, appId: app.id, list: 'messages' },
    requiredTerms: [...messageFilterTerms({ eventType }), ...(text?.words ?? [])],
    range,
    isBackwards,
  });
  const merged = mergeSteps(steps, isBackwards);
  for await (const { span, ids } of narrowByText(pool, { ...walk, messages: range }, merged)) {
    if (ids?.length !== 0) yield* walkSpan(pool, { ...walk, ids }, span);
    // Forwards the walk ends before the deliveries of what it came to; backwards after the last message.
    yield { found: [], through: startOf(isBackwards ? span.to : span.from) };
  }
}

/** Undefined: all messages. */
type NarrowedWalk = Walk & { ids: string[] | undefined };

async function* walkSpan(pool: Pool, walk: NarrowedWalk, span: Span): AsyncGenerator<Part> {
  let unread = span;
  for (let limit = FIRST_MESSAGES; ; limit = Math.min(limit * 4, MAX_MESSAGES)) {
    const { messages, isLast } = await readMessages(pool, walk, { span: unread, limit });
    const last = messages.at(-1);
    if (last === undefined) return;
    if (messages.length === 1 && Math.max(last.weight, last.endpointIds.length) > DELIVERIES_AT_A_TIME)
      yield* walkEndpoints(pool, walk, last);
    else yield { found: await deliveriesIn(pool, walk, messages), through: endOf(walk, last.id) };
    if (isLast) return;
    unread = walk.isBackwards ? { ...unread, from: nextId(last.id) } : { ...unread, to: last.id };
  }
}

/** The place that the walk has come to after the deliveries of a message. */
const endOf = ({ isBackwards }: Walk, messageId: string) =>
  startOf(isBackwards ? nextId(messageId) : messageId);

/**
 * The deliveries of a message to many endpoints, in ranges of endpoint ids, each with 250 that the message has or that
 * are asked for.
 */
async function* walkEndpoints(pool: Pool, walk: Walk, message: RoutedMessage): AsyncGenerator<Part> {
  const { range, isBackwards } = walk;
  const { id } = message;
  const starts = await partStarts(pool, walk, id);
  const parts = [FIRST_ID, ...starts].map((from, at) => {
    const next = starts[at];
    return { from, through: next === undefined ? LAST_ID : previousId(next) };
  });
  if (!isBackwards) parts.reverse();
  for (const { from, through } of parts) {
    const isLast = from === parts.at(-1)?.from;
    if (placeOf(id, through) < range.from || placeOf(id, from) >= range.to) continue;
    yield {
      found: askedOf(walk, message, await deliveriesWithin(pool, walk, { message, from, through })),
      through: isLast ? endOf(walk, id) : placeOf(id, isBackwards ? through : from),
      isWithinMessage: !isLast,
    };
  }
}

async function partStarts(pool: Pool, { app, endpointIds }: Walk, messageId: string): Promise<string[]> {
  if (endpointIds === undefined)
    return startsOfParts(pool, { accountId: app.accountId, appId: app.id, messageId }, DELIVERIES_AT_A_TIME);
  return endpointIds.toSorted().filter((_, at) => at > 0 && at % DELIVERIES_AT_A_TIME === 0);
}

async function deliveriesWithin(
  pool: Pool,
  { app, endpointIds }: Walk,
  part: { message: RoutedMessage; from: string; through: string },
): Promise<Delivery[]> {
  if (endpointIds === undefined) return deliveriesBetween(pool, app.accountId, part);
  const { message, from, through } = part;
  const asked = endpointIds.filter((id) => id >= from && id <= through);
  const byMessage = await deliveriesAt(pool, app.accountId, { messages: [message], endpointIds: asked });
  return byMessage.get(message.id) ?? [];
}

async function deliveriesIn(pool: Pool, walk: Walk, messages: RoutedMessage[]): Promise<FoundDelivery[]> {
  const { app, endpointIds } = walk;
  const byMessage =
    endpointIds === undefined
      ? await deliveriesByMessage(pool, app.accountId, messages)
      : await deliveriesAt(pool, app.accountId, { messages, endpointIds });
  return messages.flatMap((message) => askedOf(walk, message, byMessage.get(message.id) ?? []));
}

/** Those of a message's deliveries that the walk asks for, in its order. */
function askedOf(
  { range, states, reason, isBackwards }: Walk,
  { id, eventType }: RoutedMessage,
  deliveries: Delivery[],
): FoundDelivery[] {
  const found = deliveries
    .map((delivery) => ({ ...delivery, eventType, place: placeOf(id, delivery.endpointId) }))
    .filter(
      ({ place, ...one }) =>
        place >= range.from &&
        place < range.to &&
        states?.includes(one.state) !== false &&
        (reason === undefined || one.reason === reason),
    )
    .sort((a, b) => (a.place < b.place === isBackwards ? -1 : 1));
  return found.map(({ place: _, ...delivery }) => delivery);
}

/** In the order of the walk, with those of their endpoints that are asked for. */
async function readMessages(
  pool: Pool,
  { app, endpointIds, eventType, ids, isBackwards }: NarrowedWalk,
  { span, limit }: { span: Span; limit: number },
): Promise<{ messages: RoutedMessage[]; isLast: boolean }> {
  const order = `order by id ${isBackwards ? 'asc' : 'desc'}`;
  const { rows } = await pool.query<RoutedMessage & { inPage: number }>(
    `select id, event_type as "eventType", deliver_at as "deliverAt", weight, "inPage"::int,
       case when $6::uuid[] is null then endpoint_ids
         else array(select unnest(endpoint_ids) intersect select unnest($6::uuid[])) end as "endpointIds"
     from (
       select *, count(*) over () as "inPage", row_number() over walk as place, sum(weight) over walk as weighed
       from (
         select id, event_type, deliver_at, endpoint_ids,
           least(greatest(deliveries_count, routed_count, 1), cardinality($6::uuid[])) as weight
         from messages
         where account_id = $1 and app_id = $2 and id >= $3 and id < $4
           and ($5::text is null or event_type = $5) and ($7::uuid[] is null or id = any($7))
           and ($6::uuid[] is null or ${reachesOneOf('$6')})
         ${order} limit $8
       ) page window walk as (${order} rows unbounded preceding)
     ) weighed where place = 1 or weighed <= ${String(MAX_DELIVERIES)} ${order}`,
    [app.accountId, app.id, span.from, span.to, eventType ?? null, endpointIds ?? null, ids ?? null, limit],
  );
  const messages = rows.map(({ inPage: _, ...message }) => message);
  const inPage = rows[0]?.inPage ?? 0;
  return { messages, isLast: inPage === rows.length && inPage < limit };
}
