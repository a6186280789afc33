import type { Pool } from 'pg';
import { type AnswerTimes, percentilesOf, type Percentiles } from './answer-times.ts';
import { ANSWER_COLUMNS } from './count-sql.ts';
import { HOUR_MS, type Span, stepsOf, untilMs } from './ranges.ts';

const DAY_HOURS = 24;

export interface AttemptCount {
  succeeded: number;
  failed: number;
}

/** Attempts that began in the hour that begins at `hour`; tests are not counted. */
export interface HourCount extends AttemptCount {
  hour: Date;
}

/** Attempts that began in a step of a span; tests are not counted. */
export interface StepCount extends AttemptCount {
  beginsAt: Date;
  /** Of those that were answered, whatever the answer. */
  answerTimes: AnswerTimes;
}

/** What the attempts of a span were like. */
export interface AttemptStatistics extends AttemptCount {
  attempts: number;
  /** Percent, with two decimals; 0 without attempts. */
  errorRate: number;
  /** How long answers took; null without an answer. */
  answerMs: Percentiles | null;
}

/** Whose attempts: an account's, or those of one of its apps, subscriptions or endpoints. */
export interface CountsOwner {
  accountId: string;
  appId?: string;
  subscriptionId?: string;
  endpointId?: string;
}

/** Attempts of all the steps. */
export function sumOf(steps: readonly AttemptCount[]): AttemptCount {
  const succeeded = steps.reduce((sum, step) => sum + step.succeeded, 0);
  const failed = steps.reduce((sum, step) => sum + step.failed, 0);
  return { succeeded, failed };
}

/** Percent of attempts that failed, with two decimals; 0 without attempts. */
export function errorRateOf({ succeeded, failed }: AttemptCount): number {
  const attempts = succeeded + failed;
  return attempts === 0 ? 0 : Math.round((failed / attempts) * 10_000) / 100;
}

/** The share of attempts that succeeded, with three decimals, rounded down: 1 is all. Null without attempts. */
export function successRateOf({ succeeded, failed }: AttemptCount): number | null {
  const attempts = succeeded + failed;
  return attempts === 0 ? null : Math.floor((succeeded / attempts) * 1000) / 1000;
}

/** All steps together: counts and histograms add up, percentiles are of their sum. */
export function statisticsOf(steps: readonly StepCount[]): AttemptStatistics {
  const count = sumOf(steps);
  const times = ANSWER_COLUMNS.map((_, bucket) =>
    steps.reduce((sum, { answerTimes }) => sum + (answerTimes[bucket] ?? 0), 0),
  );
  return {
    ...count,
    attempts: count.succeeded + count.failed,
    errorRate: errorRateOf(count),
    answerMs: percentilesOf(times),
  };
}

/**
 * Statistics of attempts, from the counters that `pipeline/settle` writes, so that no attempts are scanned: of an
 * endpoint or a subscription by the hour, of an account or an app by five minutes in the last day.
 */
export class DeliveryCounts {
  readonly #pool: Pool;
  readonly #clock: { now(): number };

  constructor({ pool, clock }: { pool: Pool; clock: { now(): number } }) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /** Attempts of the last 24 hours, by endpoint id; an endpoint without attempts is absent. */
  async ofEndpoints(accountId: string, endpointIds: string[]): Promise<Map<string, AttemptCount>> {
    if (endpointIds.length === 0) return new Map();
    const { rows } = await this.#pool.query<{ endpointId: string } & AttemptCount>(
      `select endpoint_id as "endpointId", sum(succeeded)::int as succeeded, sum(failed)::int as failed
       from delivery_counts where account_id = $1 and endpoint_id = any($2) and hour >= $3
       group by endpoint_id having sum(succeeded + failed) > 0`,
      [accountId, endpointIds, this.#since(DAY_HOURS)],
    );
    return new Map(rows.map(({ endpointId, ...count }) => [endpointId, count]));
  }

  /** Attempts of the last 24 hours, by app id; an app without attempts is absent. */
  async ofApps(accountId: string, appIds: string[]): Promise<Map<string, AttemptCount>> {
    const { rows } = await this.#pool.query<{ appId: string } & AttemptCount>(
      `select app_id as "appId", sum(succeeded)::int as succeeded, sum(failed)::int as failed
       from app_delivery_counts where account_id = $1 and app_id = any($2) and slot >= $3
       group by app_id having sum(succeeded + failed) > 0`,
      [accountId, appIds, this.#since(DAY_HOURS)],
    );
    return new Map(rows.map(({ appId, ...count }) => [appId, count]));
  }

  /** Percent of failed attempts in the last 24 hours, by endpoint id; an endpoint without attempts is absent. */
  async errorRates(accountId: string, endpointIds: string[]): Promise<Map<string, number>> {
    const counts = await this.ofEndpoints(accountId, endpointIds);
    return new Map([...counts].map(([endpointId, count]) => [endpointId, errorRateOf(count)]));
  }

  /** Attempts by hour: oldest first, with zeros for empty hours. */
  async byHour(owner: CountsOwner, hours = DAY_HOURS): Promise<HourCount[]> {
    const span = { sinceMs: this.#since(hours).getTime(), stepMs: HOUR_MS, steps: hours };
    const steps = await this.bySteps(owner, span);
    return steps.map(({ beginsAt, succeeded, failed }) => ({ hour: beginsAt, succeeded, failed }));
  }

  /** Attempts by steps: oldest first, with zeros for empty ones. Steps of an endpoint are whole hours. */
  async bySteps(owner: CountsOwner, span: Span): Promise<StepCount[]> {
    const { rows } = await this.#pool.query<AttemptCount & { step: number; answerTimes: AnswerTimes }>(
      stepsSql(owner),
      [
        owner.accountId,
        new Date(span.sinceMs),
        new Date(untilMs(span)),
        span.stepMs / 1000,
        owner.endpointId ?? owner.subscriptionId ?? owner.appId ?? null,
      ],
    );
    const known = new Map(rows.map((row) => [row.step, row]));
    return stepsOf(span).map((beginsAt, step) => {
      const { succeeded, failed, answerTimes } = known.get(step) ?? NOTHING;
      return { beginsAt, succeeded, failed, answerTimes };
    });
  }

  #since(hours: number): Date {
    return new Date((Math.floor(this.#clock.now() / HOUR_MS) - hours + 1) * HOUR_MS);
  }
}

const NOTHING = { succeeded: 0, failed: 0, answerTimes: ANSWER_COLUMNS.map(() => 0) };

/** The rows of an owner; $5 is the id of what is below the account. A deleted endpoint counts with its subscription. */
function stepsSql({ appId, subscriptionId, endpointId }: CountsOwner): string {
  if (endpointId !== undefined) return summed('delivery_counts', 'hour', 'endpoint_id = $5');
  if (subscriptionId !== undefined) return summed('delivery_counts', 'hour', OF_SUBSCRIPTION);
  return summed('app_delivery_counts', 'slot', appId === undefined ? '$5::uuid is null' : 'app_id = $5');
}

const OF_SUBSCRIPTION = `endpoint_id in (
  select id from endpoints where endpoints.account_id = $1 and subscription_id = $5
  union select endpoint_id from endpoint_revisions
  where endpoint_revisions.account_id = $1 and subscription_id = $5
    and app_id = (select app_id from subscriptions where subscriptions.account_id = $1 and id = $5))`;

/** Grouped by where a step begins, because to compute with the seconds of each row takes as long as its sums. */
const summed = (table: string, time: string, isOwned: string) => `
  select (extract(epoch from ${beginOfStep(time)} - $2) / $4)::int as step, sum(succeeded)::int as succeeded,
    sum(failed)::int as failed,
    array[${ANSWER_COLUMNS.map((name) => `coalesce(sum(${name}), 0)::int`).join(', ')}] as "answerTimes"
  from ${table} where account_id = $1 and ${time} >= $2 and ${time} < $3 and ${isOwned}
  group by ${beginOfStep(time)}`;

const beginOfStep = (time: string) => `date_bin(make_interval(secs => $4), ${time}, $2)`;
