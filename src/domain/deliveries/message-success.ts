import type { Pool } from 'pg';
import { firstIdAt } from '#src/infra/lib/ids.ts';
import type { NamedMessages } from '#src/infra/queue/account-jobs.ts';
import { countMissedOfMessages, type MissedInTime } from './count-missed.ts';
import { type DeliveryState, isMissedState, isOutstandingState } from './delivery.ts';

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
  /** Their deliveries. */
  deliveries: number;
  /** Those of their deliveries that were missed. */
  missedDeliveries: MissedInTime;
  /** Whether only the newest messages were read. */
  isCut: boolean;
}

/** Messages whose outcome is read at most, by one look into an index each. */
const MAX_READ = 3000;
/** Of each app so many times its even share is read first, to know how far back the newest of all apps reach. */
const SHARES = 4;

interface Asked {
  accountId: string;
  appIds: string[];
  sinceMs: number;
  untilMs: number;
  nowMs: number;
  /** The messages that jobs name: such a one may have a delivery without a row that was not attempted yet. */
  namedByJobs: NamedMessages;
}

/** How the messages fared that were accepted in a time; at most the newest {@link MAX_READ} over all apps. */
export async function countMessageOutcomes(
  pool: Pool,
  { accountId, appIds, sinceMs, untilMs, nowMs, namedByJobs }: Asked,
): Promise<MessageOutcomes> {
  const [firstId, beforeId] = [firstIdAt(sinceMs), firstIdAt(untilMs)];
  const { rows } = await pool.query<{
    outcome: MessageOutcome;
    messages: number;
    deliveries: number;
    isCut: boolean;
    oldestId: string | null;
  }>(OUTCOMES, [
    accountId,
    appIds,
    firstId,
    beforeId,
    Math.min(MAX_READ + 1, SHARES * Math.ceil((MAX_READ + 1) / Math.max(1, appIds.length))),
    namedByJobs.ids,
    new Date(nowMs),
    namedByJobs.isCut,
  ]);
  const all = { delivered: 0, missed: 0, under_way: 0, unsent: 0, messages: 0, deliveries: 0 };
  for (const { outcome, messages, deliveries } of rows) {
    all[outcome] += messages;
    all.messages += messages;
    all.deliveries += deliveries;
  }
  const fromId = rows[0]?.oldestId ?? firstId;
  const missedDeliveries = await countMissedOfMessages(pool, { accountId, appIds, fromId, beforeId });
  return { ...all, missedDeliveries, isCut: rows[0]?.isCut === true };
}

/**
 * SQL: the rows of a message. In a query of its own, because an index of some states of all of an account's rows would
 * be read for each message.
 */
const rows = (condition = '') => `from (
        select state from deliveries
        where deliveries.account_id = $1 and deliveries.message_id = message.id offset 0
      ) own ${condition}`;

/**
 * SQL: whether a delivery of the message without a row may not have been attempted yet. When jobs may name more
 * messages than were read, any message may be among them of which no attempt succeeded.
 */
const NOT_ATTEMPTED = `(message.id = any($6) or coalesce(message.deliver_at > $7, false) or $8 and not exists (
        select from attempts where attempts.account_id = $1 and attempts.message_id = message.id
          and attempts.id >= $3 and succeeded offset 0))`;

/** SQL: the newest messages of each app. */
const ofEachApp = (limit: string, condition = '') => `from unnest($2::uuid[]) as app(id) cross join lateral (
      select id, deliveries_count, deliver_at from messages
      where messages.account_id = $1 and messages.app_id = app.id and messages.id >= $3 and messages.id < $4
        ${condition} order by messages.id desc limit ${limit} offset 0
    ) message`;

/**
 * {@link messageOutcomeOf} in SQL. Nearly all messages have no row, which one look tells; of the others the first row
 * that decides ends the search.
 */
const OUTCOMES = `
  with first as materialized (
    select message.id ${ofEachApp('$5')} order by message.id desc limit ${String(MAX_READ + 1)}
  ), newest as materialized (
    select message.* ${ofEachApp(
      String(MAX_READ + 1),
      `and messages.id >= coalesce((select id from first order by id desc offset ${String(MAX_READ)}), $3)`,
    )} order by message.id desc limit ${String(MAX_READ + 1)}
  )
  select outcome, count(*)::int as messages, sum(deliveries_count)::int as deliveries,
    (select count(*) > ${String(MAX_READ)} from newest) as "isCut",
    (select id from newest order by id desc offset ${String(MAX_READ - 1)} limit 1) as "oldestId"
  from (select * from newest order by id desc limit ${String(MAX_READ)}) message cross join lateral (
    select case
      when deliveries_count = 0 then 'unsent'
      when not exists (select ${rows()}) then case when ${NOT_ATTEMPTED} then 'under_way' else 'delivered' end
      when exists (select ${rows(`where state in ('failed', 'held')`)}) then 'missed'
      when deliveries_count <= (select count(*) ${rows(`where state in ('ignored', 'discarded')`)}) then 'unsent'
      when ${NOT_ATTEMPTED} or exists (select ${rows(`where state = 'scheduled'`)}) then 'under_way'
      else 'delivered' end as outcome
  ) decided
  group by outcome`;
