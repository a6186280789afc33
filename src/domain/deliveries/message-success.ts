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

/** So young a message may have been accepted after the jobs were read. */
const YOUNG_MS = 2000;

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
    failed: number;
    held: number;
    isCut: boolean;
  }>(OUTCOMES, [
    accountId,
    appIds,
    firstId,
    beforeId,
    Math.min(MAX_READ + 1, SHARES * Math.ceil((MAX_READ + 1) / Math.max(1, appIds.length))),
    namedByJobs.ids,
    new Date(nowMs),
    namedByJobs.isCut,
    firstIdAt(nowMs - YOUNG_MS),
  ]);
  const all = { delivered: 0, missed: 0, under_way: 0, unsent: 0, messages: 0, deliveries: 0 };
  const missedDeliveries = { failed: 0, held: 0 };
  for (const { outcome, messages, deliveries, failed, held } of rows) {
    all[outcome] += messages;
    all.messages += messages;
    all.deliveries += deliveries;
    missedDeliveries.failed += failed;
    missedDeliveries.held += held;
  }
  return { ...all, missedDeliveries, isCut: rows[0]?.isCut === true };
}

/**
 * Of a message to more endpoints what has no row is told by numbers alone, unless a filter kept some back, because to
 * compare the endpoints of thousands of such messages takes too long.
 */
const MANY = 50;

/** SQL: the rows of a message. */
const ROWS = 'from deliveries where deliveries.account_id = $1 and deliveries.message_id = message.id';

/**
 * SQL: whether a delivery of the message without a row may not have been attempted yet. When jobs may name more
 * messages than were read, any message may be among them of which no attempt succeeded; so may one that is young.
 */
const NOT_ATTEMPTED = `(message.id = any($6) or coalesce(message.deliver_at > $7, false)
      or ($8 or message.id >= $9) and not exists (
        select from attempts where attempts.account_id = $1 and attempts.message_id = message.id
          and attempts.id >= $3 and succeeded offset 0))`;

/** SQL: the newest messages of each app. */
const ofEachApp = (limit: string, condition = '') => `from unnest($2::uuid[]) as app(id) cross join lateral (
      select id, endpoint_ids, deliveries_count, deliver_at from messages
      where messages.account_id = $1 and messages.app_id = app.id and messages.id >= $3 and messages.id < $4
        ${condition} order by messages.id desc limit ${limit} offset 0
    ) message`;

/**
 * {@link messageOutcomeOf} in SQL. Nearly all messages have no row, which one look tells, and go to as many as were
 * counted at accept. Of the others rows and what has none are counted, because a filtered delivery was not counted at
 * accept, and is sent by a replay.
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
  select outcome, count(*)::int as messages, sum(failed + held + fine)::int as deliveries,
    sum(failed)::int as failed, sum(held)::int as held,
    (select count(*) > ${String(MAX_READ)} from newest) as "isCut"
  from (select * from newest order by id desc limit ${String(MAX_READ)}) message cross join lateral (
    select count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'held') as held,
      count(*) filter (where state = 'scheduled') as scheduled,
      count(*) filter (where state in ('scheduled', 'delivered')) as with_row, count(*) as rows,
      count(*) filter (where reason = 'filtered') as filtered
    ${ROWS} offset 0
  ) own cross join lateral (
    select case
      when rows = 0 then deliveries_count
      when filtered = 0 and deliveries_count > ${String(MANY)} and deliveries_count >= rows
        then deliveries_count - rows
      else (select count(*) from (select unnest(endpoint_ids) except select endpoint_id ${ROWS}) ids)
    end as without_row offset 0
  ) others cross join lateral (
    select with_row + without_row as fine, case
      when failed + held > 0 then 'missed'
      when scheduled > 0 or without_row > 0 and ${NOT_ATTEMPTED} then 'under_way'
      when with_row + without_row > 0 then 'delivered'
      else 'unsent' end as outcome
  ) decided
  group by outcome`;
