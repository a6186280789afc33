import type { Pool } from 'pg';
import { maxRetentionDays } from '#src/domain/plans/plans.ts';
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
const POLL_MS = 10 * 60_000;
/** Accounts whose jobs are queued in one transaction. */
const BATCH = 100;
/** After this time beyond the longest retention late deliveries are nearly always over, so partitions are empty. */
const SLACK_DAYS = 45;

/** Queues one retention job a day and account, from whichever worker polls first, and drops empty partitions. */
export class DailyRetention {
  readonly #deps: Dependencies;
  readonly #poller: Poller;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#poller = new Poller({
      poll: () => this.poll(),
      intervalMs: POLL_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'retention could not be scheduled; trying again');
      },
    });
  }

  start(): void {
    this.#poller.start();
  }

  async stop(): Promise<void> {
    await this.#poller.stop();
  }

  /** Queues the jobs of accounts that had none today. Returns whether there may be more. */
  async poll(): Promise<boolean> {
    const { pool, clock, sendJob } = this.#deps;
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    const queued = await transaction(pool, async (client) => {
      const { rows } = await client.query<{ accountId: string }>(START_DAY, [today, BATCH]);
      for (const { accountId } of rows) await sendJob('account-retention', { accountId }, { client });
      return rows.length;
    });
    if (queued > 0) return true;
    await dropEmptyPartitions(pool, clock.now() - (maxRetentionDays + SLACK_DAYS) * DAY_MS);
    return false;
  }
}

/** Returns an account to one worker only, because the second one's conflict finds today's row. */
const START_DAY = `
  insert into retention_days (account_id, day)
  select id, $1 from accounts left join retention_days on account_id = id where day is null or day < $1
  order by id limit $2
  on conflict (account_id) do update set day = excluded.day where retention_days.day < excluded.day
  returning account_id as "accountId"`;
