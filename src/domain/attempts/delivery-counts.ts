import type { Pool } from 'pg';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

export interface AttemptCount {
  succeeded: number;
  failed: number;
}

/** Attempts that began in the hour that begins at `hour`; tests are not counted. */
export interface HourCount extends AttemptCount {
  hour: Date;
}

/** Attempts of all the hours. */
export function sumOf(hours: HourCount[]): AttemptCount {
  const succeeded = hours.reduce((sum, hour) => sum + hour.succeeded, 0);
  const failed = hours.reduce((sum, hour) => sum + hour.failed, 0);
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

/**
 * Statistics of recent attempts, from the hourly counters that `pipeline/settle` writes, so that no attempts are
 * scanned.
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

  /** Percent of failed attempts in the last 24 hours, by endpoint id; an endpoint without attempts is absent. */
  async errorRates(accountId: string, endpointIds: string[]): Promise<Map<string, number>> {
    const counts = await this.ofEndpoints(accountId, endpointIds);
    return new Map([...counts].map(([endpointId, count]) => [endpointId, errorRateOf(count)]));
  }

  /** Attempts by hour of an account, or of one of its apps or endpoints: oldest first, with zeros for empty hours. */
  async byHour(
    owner: { accountId: string; appId?: string; endpointId?: string },
    hours = DAY_HOURS,
  ): Promise<HourCount[]> {
    const { rows } = await this.#pool.query<HourCount>(
      `select hour, sum(succeeded)::int as succeeded, sum(failed)::int as failed from delivery_counts
       where account_id = $1 and ($2::uuid is null or app_id = $2) and ($3::uuid is null or endpoint_id = $3)
         and hour >= $4 group by hour`,
      [owner.accountId, owner.appId ?? null, owner.endpointId ?? null, this.#since(hours)],
    );
    const known = new Map(rows.map((row) => [row.hour.getTime(), row]));
    const first = this.#since(hours).getTime();
    return Array.from({ length: hours }, (_, index) => {
      const hour = new Date(first + index * HOUR_MS);
      return known.get(hour.getTime()) ?? { hour, succeeded: 0, failed: 0 };
    });
  }

  #since(hours: number): Date {
    return new Date((Math.floor(this.#clock.now() / HOUR_MS) - hours + 1) * HOUR_MS);
  }
}
