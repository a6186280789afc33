import type { Pool, PoolClient } from 'pg';
import { patternsOf, receives } from '#src/domain/endpoints/event-patterns.ts';
import { shareChannel } from '#src/domain/outbound-rules/channels.ts';
import { CompiledFilter } from '#src/domain/outbound-rules/filter.ts';
import { FilterSubject } from '#src/domain/outbound-rules/filter/subject.ts';
import type { EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import { MESSAGE_COLUMNS, messageOf, type StoredMessage } from '#src/domain/messages/message.ts';
import { LoopShare } from '#src/infra/lib/loop-share.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';

/** Which messages are looked at, from the cursor on. */
export interface MissingSelection {
  accountId: string;
  appId: string;
  endpointId: string;
  /** `null`: of every event type. */
  eventType: string | null;
  /** Inclusive. */
  fromMessageId: string;
  /** Exclusive. */
  toMessageId: string;
  /** The message that was come to; `null` at the beginning. */
  cursorMessageId: string | null;
}

export interface Missing {
  messageIds: string[];
  /** The message that was come to, whether it is missing or not; `null` when there was none. */
  cursorMessageId: string | null;
  isLast: boolean;
}

interface EndpointRow {
  subscriptionId: string;
  version: string;
  /** Types and patterns; `null`: all. */
  eventTypes: string[] | null;
  rules: EndpointRules;
}

interface LookedRow {
  id: string;
  eventType: string;
  channels: string[] | null;
  isMissing: boolean;
}

/** Messages that are looked at at once. */
const MAX_MESSAGES = 1000;
/** Of these so many whose data a filter looks at, and at once: a message may have a megabyte. */
const MAX_FILTERED = 50;
const MAX_DATA = 10;
const MAX_COUNT_MS = 500;
/** Of filters, in a turn of the event loop. */
const STEPS_PER_TURN = 50_000;

/**
 * The next messages that an endpoint would get as its rules are now, and for which it has no delivery: it was made
 * later, or took other events. Up to `limit`, oldest first. None when the endpoint is gone.
 */
export async function findMissing(
  db: Pool | PoolClient,
  selection: MissingSelection,
  limit: number,
): Promise<Missing> {
  const { accountId, appId, endpointId, eventType } = selection;
  const { rows: endpoints } = await db.query<EndpointRow>(ENDPOINT, [accountId, endpointId]);
  const [endpoint] = endpoints;
  if (endpoint === undefined) return { messageIds: [], cursorMessageId: null, isLast: true };
  const { rows: looked } = await db.query<LookedRow>(LOOKED, [
    accountId,
    appId,
    endpointId,
    endpoint.subscriptionId,
    endpoint.version,
    selection.fromMessageId,
    selection.toMessageId,
    selection.cursorMessageId,
    eventType,
  ]);
  const enabled = endpoint.eventTypes === null ? null : new Set(endpoint.eventTypes);
  const routed = looked.filter(
    (message) =>
      message.isMissing &&
      (enabled === null || receives(enabled, message.eventType, patternsOf(message.eventType))) &&
      shareChannel(endpoint.rules.channels ?? null, message.channels),
  );
  const { filter } = endpoint.rules;
  const isCut = filter !== undefined && routed.length > MAX_FILTERED;
  const ids = (isCut ? routed.slice(0, MAX_FILTERED) : routed).map(({ id }) => id);
  const messageIds =
    filter === undefined
      ? ids.slice(0, limit)
      : await passing(db, { accountId, appId, ids, limit }, new CompiledFilter(filter));
  // What lies behind the last of a full answer is looked at again.
  if (messageIds.length === limit) {
    return { messageIds, cursorMessageId: messageIds.at(-1) ?? null, isLast: false };
  }
  if (isCut) return { messageIds, cursorMessageId: ids.at(-1) ?? null, isLast: false };
  return { messageIds, cursorMessageId: looked.at(-1)?.id ?? null, isLast: looked.length < MAX_MESSAGES };
}

/** Counts them in the first ten thousand messages, or as many as half a second is enough for. */
export async function countMissing(
  db: Pool | PoolClient,
  selection: MissingSelection,
): Promise<{ total: number; isExact: boolean }> {
  let { cursorMessageId } = selection;
  let total = 0;
  const endMs = performance.now() + MAX_COUNT_MS;
  for (let looks = 0; looks < 10 && performance.now() < endMs; looks += 1) {
    const found = await findMissing(db, { ...selection, cursorMessageId }, MAX_MESSAGES + 1);
    total += found.messageIds.length;
    if (found.isLast) return { total, isExact: true };
    cursorMessageId = found.cursorMessageId;
  }
  return { total, isExact: false };
}

interface Asked {
  accountId: string;
  appId: string;
  ids: string[];
  limit: number;
}

async function passing(
  db: Pool | PoolClient,
  { accountId, appId, ids, limit }: Asked,
  filter: CompiledFilter,
): Promise<string[]> {
  const passed: string[] = [];
  const share = new LoopShare(STEPS_PER_TURN);
  for (const some of chunksOf(ids, MAX_DATA)) {
    const { rows } = await db.query<StoredMessage>(
      `select ${MESSAGE_COLUMNS} from messages where account_id = $1 and app_id = $2 and id = any($3) order by id`,
      [accountId, appId, some],
    );
    for (const message of rows.map(messageOf)) {
      const subject = new FilterSubject(message);
      if (filter.matches(subject)) passed.push(message.id);
      if (share.isUsedUpBy(subject.steps)) await share.pause();
      if (passed.length === limit) return passed;
    }
  }
  return passed;
}

const ENDPOINT = `
  select subscription_id as "subscriptionId", version, rules,
    case when not receives_all_events then to_json(event_patterns || array(
      select event_type::text from endpoint_events join webhook_events on webhook_events.id = webhook_event_id
      where endpoint_id = endpoints.id)) end as "eventTypes"
  from endpoints where account_id = $1 and id = $2`;

/** What was sent as a test has an attempt and no delivery. What was cancelled stays so. */
const LOOKED = `
  with looked as (
    select id, event_type, version, channels, subscription_id, endpoint_id, endpoint_ids, deliver_at from messages
    where account_id = $1 and app_id = $2 and id >= $6 and id < $7 and ($8::uuid is null or id > $8)
    order by id limit ${String(MAX_MESSAGES)}
  )
  select id, event_type as "eventType", channels,
    version = $5 and ($9::text is null or event_type = $9) and coalesce(deliver_at, now()) <= now()
      and coalesce(subscription_id, $4) = $4 and coalesce(endpoint_id, $3) = $3
      and not $3 = any(endpoint_ids)
      and not exists (select from deliveries where deliveries.account_id = $1 and deliveries.message_id = looked.id
        and (deliveries.endpoint_id = $3 or reason = 'cancelled') offset 0)
      and not exists (select from attempts where attempts.account_id = $1 and attempts.message_id = looked.id
        and attempts.endpoint_id = $3 offset 0) as "isMissing"
  from looked order by id`;
