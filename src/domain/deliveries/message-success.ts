import type { Pool } from 'pg';
import { firstIdAt } from '#src/infra/lib/ids.ts';
import type { NamedMessages } from '#src/infra/queue/account-jobs.ts';
import { type DeliveryState, type Missed, isMissedState, isOutstandingState } from './delivery.ts';

/**
 * How a message fared at all of its endpoints together.
 *
 * - `missed`: an endpoint did not get it, and no attempt is to come.
 * - `under_way`: an attempt is to come, and nothing was missed.
 * - `delivered`: every endpoint that was to get it has it.
 * - `unsent`: there was nothing to deliver: it went to no endpoint, or only to such that ignored it or were deleted.
 */
export type MessageOutcome = 'delivered' | 'missed' | 'under_way' | 'unsent';

/** The rule: a message is delivered when all its deliveries are, but for those that nobody is to get. */
export function messageOutcomeOf(states: readonly DeliveryState[]): MessageOutcome {
  if (states.some(isMissedState)) return 'missed';
  if (states.some(isOutstandingState)) return 'under_way';
  return states.includes('delivered') ? 'delivered' : 'unsent';
}

export interface MessageOutcomes extends Record<MessageOutcome, number> {
  /** Messages that were read. */
  messages: number;
  /** Their deliveries, without those that nobody is to get: ignored and discarded ones. */
  deliveries: number;
  /** Those of them that were missed. */
  missedDeliveries: Missed;
  /** Whether only the newest messages were read. */
  isCut: boolean;
}

/** Messages whose outcome is read at most. */
const MAX_MESSAGES = 3000;
/** Of each app so many times its even share is read first, to know how far back the newest of all apps reach. */
const SHARES = 2;
/** Nearly all deliveries have no row, so that many deliveries are few rows. */
const BOUNDS = {
  /** Deliveries that one statement looks at. */
  deliveriesAtATime: 100_000,
  /** Rows of all statements, after which none follows. */
  rows: 150_000,
};

interface Asked {
  accountId: string;
  appIds: string[];
  sinceMs: number;
  untilMs: number;
  nowMs: number;
  /** The messages that jobs name: such a one may have a delivery without a row that was not attempted yet. */
  namedByJobs: NamedMessages;
}

/** So young a message may have been accepted after the jobs were read. */
const YOUNG_MS = 2000;

/**
 * How the messages fared that were accepted in a time; at most the newest {@link MAX_MESSAGES} over all apps, and fewer
 * where very many deliveries were not delivered at once.
 */
export async function countMessageOutcomes(
  pool: Pool,
  asked: Asked,
  bounds = BOUNDS,
): Promise<MessageOutcomes> {
  return outcomesOfNewest(pool, asked, { newest: await newestMessages(pool, asked), bounds });
}

/**
 * As {@link countMessageOutcomes}; null where only some would be read, because those are nothing to compare with. That
 * is mostly known before any is read.
 */
export async function countAllMessageOutcomes(pool: Pool, asked: Asked): Promise<MessageOutcomes | null> {
  if (await areTooMany(pool, asked)) return null;
  const newest = await newestMessages(pool, asked);
  if (newest.length > MAX_MESSAGES) return null;
  const all = await outcomesOfNewest(pool, asked, { newest, bounds: BOUNDS });
  return all.isCut ? null : all;
}

async function outcomesOfNewest(
  pool: Pool,
  asked: Asked,
  { newest, bounds }: { newest: NewMessage[]; bounds: typeof BOUNDS },
): Promise<MessageOutcomes> {
  const all = { delivered: 0, missed: 0, under_way: 0, unsent: 0, messages: 0, deliveries: 0 };
  const missedDeliveries = { failed: 0, held: 0 };
  let rowsRead = 0;
  for (const some of partsOf(newest.slice(0, MAX_MESSAGES), bounds.deliveriesAtATime)) {
    if (rowsRead >= bounds.rows) break;
    for (const { outcome, messages, deliveries, failed, held, rows } of await outcomesOf(pool, asked, some)) {
      all[outcome] += messages;
      all.messages += messages;
      all.deliveries += deliveries;
      missedDeliveries.failed += failed;
      missedDeliveries.held += held;
      rowsRead += rows;
    }
  }
  return { ...all, missedDeliveries, isCut: all.messages < newest.length };
}

interface NewMessage {
  id: string;
  /** How many deliveries it has, those included that a rule ignored. */
  routed: number;
  deliverAt: Date | null;
}

/** Whether the even shares of the apps have more messages than are counted; there may be more though they have not. */
async function areTooMany(pool: Pool, { accountId, appIds, sinceMs, untilMs }: Asked): Promise<boolean> {
  const share = Math.ceil((MAX_MESSAGES + 1) / Math.max(1, appIds.length));
  const { rows } = await pool.query<{ messages: number }>(
    `select count(*)::int as messages ${ofEachApp('$5')}`,
    [accountId, appIds, firstIdAt(sinceMs), firstIdAt(untilMs), share],
  );
  return (rows[0]?.messages ?? 0) > MAX_MESSAGES;
}

/** The newest messages of the apps, one more than are counted. */
async function newestMessages(pool: Pool, asked: Asked): Promise<NewMessage[]> {
  const { accountId, appIds, sinceMs, untilMs } = asked;
  const share = SHARES * Math.ceil((MAX_MESSAGES + 1) / Math.max(1, appIds.length));
  const { rows } = await pool.query<NewMessage>(NEWEST, [
    accountId,
    appIds,
    firstIdAt(sinceMs),
    firstIdAt(untilMs),
    Math.min(MAX_MESSAGES + 1, share),
  ]);
  return rows;
}

/** The messages in parts of at most so many deliveries; one that has more alone begins a part. */
function partsOf(messages: NewMessage[], deliveriesAtATime: number): NewMessage[][] {
  const parts: NewMessage[][] = [];
  // How many more deliveries the last part may have; below 0 the message begins a new one, as the first does.
  let left = -1;
  for (const message of messages) {
    left -= message.routed;
    if (left < 0) {
      parts.push([]);
      left = Math.max(0, deliveriesAtATime - message.routed);
    }
    parts.at(-1)?.push(message);
  }
  return parts;
}

interface Counted {
  outcome: MessageOutcome;
  messages: number;
  deliveries: number;
  failed: number;
  held: number;
  rows: number;
}

async function outcomesOf(
  pool: Pool,
  { accountId, sinceMs, nowMs, namedByJobs }: Asked,
  messages: NewMessage[],
): Promise<Counted[]> {
  const { rows } = await pool.query<Counted>(OUTCOMES, [
    accountId,
    messages.map(({ id }) => id),
    messages.map(({ routed }) => routed),
    messages.map(({ deliverAt }) => deliverAt !== null && deliverAt.getTime() > nowMs),
    firstIdAt(sinceMs),
    namedByJobs.ids,
    namedByJobs.isCut,
    firstIdAt(nowMs - YOUNG_MS),
  ]);
  return rows;
}

/** SQL: the newest messages of each app. */
const ofEachApp = (limit: string, condition = '') => `from unnest($2::uuid[]) as app(id) cross join lateral (
      select id, coalesce(routed_count, deliveries_count) as routed, deliver_at as "deliverAt" from messages
      where messages.account_id = $1 and messages.app_id = app.id and messages.id >= $3 and messages.id < $4
        ${condition} order by messages.id desc limit ${limit} offset 0
    ) message`;

const NEWEST = `
  with first as materialized (
    select message.id ${ofEachApp('$5')} order by message.id desc limit ${String(MAX_MESSAGES + 1)}
  )
  select message.* ${ofEachApp(
    String(MAX_MESSAGES + 1),
    `and messages.id >= coalesce((select id from first order by id desc offset ${String(MAX_MESSAGES)}), $3)`,
  )} order by message.id desc limit ${String(MAX_MESSAGES + 1)}`;

/**
 * SQL: whether a delivery of the message without a row may not have been attempted yet. When jobs may name more
 * messages than were read, any message may be among them of which no attempt succeeded; so may one that is young.
 */
const NOT_ATTEMPTED = `(message.id = any($6) or message.is_later
      or ($7 or message.id >= $8) and not exists (
        select from attempts where attempts.account_id = $1 and attempts.message_id = message.id
          and attempts.id >= $5 and succeeded offset 0))`;

/**
 * {@link messageOutcomeOf} in SQL. Nearly all messages have no row, which one look tells. What has no row is told by
 * numbers alone, because to compare the endpoints of thousands of messages to thousands of them takes too long.
 */
const OUTCOMES = `
  select outcome, count(*)::int as messages, sum(failed + held + fine)::int as deliveries,
    sum(failed)::int as failed, sum(held)::int as held, sum(rows)::int as rows
  from unnest($2::uuid[], $3::int[], $4::bool[]) as message(id, routed, is_later) cross join lateral (
    select count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'held') as held,
      count(*) filter (where state = 'scheduled') as scheduled,
      count(*) filter (where state in ('scheduled', 'delivered')) as with_row, count(*) as rows,
      greatest(0, message.routed - count(*)) as without_row
    from deliveries where deliveries.account_id = $1 and deliveries.message_id = message.id offset 0
  ) own cross join lateral (
    select with_row + without_row as fine, case
      when failed + held > 0 then 'missed'
      when scheduled > 0 or without_row > 0 and ${NOT_ATTEMPTED} then 'under_way'
      when with_row + without_row > 0 then 'delivered'
      else 'unsent' end as outcome
  ) decided
  group by outcome`;
