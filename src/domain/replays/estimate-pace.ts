import type { Pool } from 'pg';
import { MAX_COUNTED } from '#src/domain/endpoint-queues/count-waiting.ts';
import { queueRulesOf } from '#src/domain/outbound-rules/queueing.ts';
import { paceOf } from '#src/domain/outbound-rules/rate-limit.ts';
import type { AppRules, EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import type { ReplayStatus } from './replay.ts';

/** Sends at once to an endpoint, at first (`pipeline/dispatch/concurrency-window.ts`). */
const AT_ONCE = 4;
const LATEST_ATTEMPTS = 20;
/** The endpoints with the most to send say how long it takes. */
const MAX_ENDPOINTS = 20;

interface Pacing {
  rules: EndpointRules;
  appRules: AppRules;
  /** Of a request lately; null: there was none. */
  durationMs: number | null;
}

interface Ahead {
  /** Deliveries in the queue of the endpoint that are due. */
  waiting: number;
  /** What is left of other replays of the endpoint. */
  replaying: number;
}

type Paced = Pacing & Ahead & { endpointId: string };

export interface EstimatedPace {
  /** Until all is sent. Null: there was no request lately, and there is no limit by time. */
  seconds: number | null;
  /** Deliveries that are sent before. */
  ahead: number;
  /** Whether there may be more: {@link MAX_COUNTED} of each of {@link MAX_ENDPOINTS} are counted. */
  isAheadCut: boolean;
}

/**
 * How long it takes to send what matches, by how long the latest requests to each endpoint took, by its rate limit, and
 * by what is sent before: the time of the slowest one. None of the endpoints may be paused. A delay of an endpoint is
 * not added, because it counts from when a message was accepted.
 */
export async function estimatePace(
  pool: Pool,
  accountId: string,
  matching: { endpointId: string; matching: number }[],
): Promise<EstimatedPace> {
  const largest = matching.toSorted((a, b) => b.matching - a.matching).slice(0, MAX_ENDPOINTS);
  if (largest.length === 0) return { seconds: 0, ahead: 0, isAheadCut: false };
  const ids = largest.map(({ endpointId }) => endpointId);
  const { rows } = await pool.query<Paced>(PACE, [accountId, ids]);
  const counts = new Map(largest.map((one) => [one.endpointId, one.matching]));
  const seconds = rows.flatMap((row) => {
    const ms = msForEach(row);
    return ms === null ? [] : [((countAhead(row) + (counts.get(row.endpointId) ?? 0)) * ms) / 1000];
  });
  return {
    seconds: seconds.length === 0 ? null : Math.ceil(Math.max(...seconds)),
    ahead: rows.reduce((sum, row) => sum + countAhead(row), 0),
    isAheadCut:
      matching.length > MAX_ENDPOINTS ||
      rows.some(({ rules, waiting }) => rules.ordering !== 'fifo' && waiting >= MAX_COUNTED),
  };
}

/**
 * Milliseconds for each delivery to an endpoint: the greater of what a request takes and of the interval of its limit
 * by time. Null when neither is known; a limit of those at once has no interval.
 */
export function msForEach({ rules, appRules, durationMs }: Pacing): number | null {
  const queue = queueRulesOf(rules, appRules, { isPaused: false });
  const limit = queue?.rateLimit ?? null;
  const pace = limit === null ? null : paceOf(limit);
  if (durationMs === null) return pace?.intervalMs ?? null;
  const released = limit?.period === 'concurrent' ? limit.limit : AT_ONCE;
  const atOnce = queue?.isFifo === true ? 1 : Math.min(released, AT_ONCE);
  return Math.max(durationMs / atOnce, pace?.intervalMs ?? 0);
}

/**
 * Deliveries that are sent before those of a replay that begins now. Of an endpoint in the order of acceptance what
 * waits is not counted, because nearly all of it was accepted later than what is replayed; a head that fails and is
 * tried again may be older.
 */
export function countAhead({ rules, waiting, replaying }: Pick<Pacing, 'rules'> & Ahead): number {
  return replaying + (rules.ordering === 'fifo' ? 0 : waiting);
}

const leftOf = (status: ReplayStatus) => `
  select total - done as "left" from replays
  where replays.account_id = $1 and replays.endpoint_id = endpoints.id and status = '${status}' and total > done`;

const PACE = `
  select endpoints.id as "endpointId", endpoints.rules, apps.rules as "appRules", (
    select avg(duration_ms)::float8 from (
      select duration_ms from attempts where attempts.account_id = $1 and attempts.endpoint_id = endpoints.id
      order by attempts.id desc limit ${String(LATEST_ATTEMPTS)}) latest) as "durationMs",
    (select count(*)::int from (
      select from queue_entries where queue_entries.account_id = $1 and queue_entries.endpoint_id = endpoints.id
        and released_at is null and due_at <= now() limit ${String(MAX_COUNTED)}) due) as waiting,
    (select coalesce(sum("left"), 0)::int from (${leftOf('running')} union all ${leftOf('queued')}) unfinished)
      as replaying
  from endpoints join apps on apps.id = endpoints.app_id
  where endpoints.account_id = $1 and endpoints.id = any($2::uuid[])`;

/** Rows that are looked at for what was delivered meanwhile. */
const MAX_LOOKED = 50_000;

/**
 * Deliveries of the range that had failed or waited, and were delivered since, of the newest that have a row. `isCut`:
 * there are older ones, too.
 */
export async function countDeliveredMeanwhile(
  pool: Pool,
  app: { accountId: string; id: string },
  { from, to, endpointIds }: { from: string; to: string; endpointIds: string[] | undefined },
): Promise<{ count: number; isCut: boolean }> {
  const { rows } = await pool.query<{ delivered: number; looked: number }>(
    `select count(*) filter (where state = 'delivered' and app_id = $2
       and ($5::uuid[] is null or endpoint_id = any($5)))::int as delivered, count(*)::int as looked
     from (select state, app_id, endpoint_id from deliveries
       where account_id = $1 and message_id >= $3 and message_id < $4
       order by message_id desc, endpoint_id desc limit ${String(MAX_LOOKED)}) looked`,
    [app.accountId, app.id, from, to, endpointIds ?? null],
  );
  const { delivered, looked } = rows[0] ?? { delivered: 0, looked: 0 };
  return { count: delivered, isCut: looked >= MAX_LOOKED };
}
