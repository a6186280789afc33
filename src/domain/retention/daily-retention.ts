import type { Pool } from 'pg';
import { longestRetentionDays } from '#src/domain/plans/plans.ts';
import { dropEmptyPartitions } from '#src/infra/database/drop-partitions.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  logger: Logger;
  sendJob: SendJob;
}

const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 10 * 60_000;
/** Queued in one transaction. */
const ACCOUNTS_AT_A_TIME = 100;
/** What is delivered late, or long after it was accepted, has gone by then too: nearly always. */
const SLACK_DAYS = 45;

/** Once a day and account, by whichever worker looks first, asks for its log to be cut; and drops what is empty then. */
export class DailyRetention {
  readonly #deps: Dependencies;
  readonly #looks: Poller;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#looks = new Poller({
      poll: () => this.look(),
      intervalMs: LOOK_EVERY_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'logs could not be cut to what plans keep; trying again');
      },
    });
  }

  start(): void {
    this.#looks.start();
  }

  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  /** Queues the jobs of accounts that had none today. Answers whether there may be more. */
  async look(): Promise<boolean> {
    const { pool, clock, sendJob } = this.#deps;
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    const queued = await transaction(pool, async (client) => {
      const { rows } = await client.query<{ accountId: string }>(CLAIM, [today, ACCOUNTS_AT_A_TIME]);
      for (const { accountId } of rows) await sendJob('account-retention', { accountId }, { client });
      return rows.length;
    });
    if (queued > 0) return true;
    await dropEmptyPartitions(pool, clock.now() - (longestRetentionDays + SLACK_DAYS) * DAY_MS);
    return false;
  }
}

/** Of two workers that see the same accounts the second finds them claimed. */
const CLAIM = `
  insert into retention_days (account_id, day)
  select id, $1 from accounts left join retention_days on account_id = id where day is null or day < $1
  order by id limit $2
  on conflict (account_id) do update set day = excluded.day where retention_days.day < excluded.day
  returning account_id as "accountId"`;
