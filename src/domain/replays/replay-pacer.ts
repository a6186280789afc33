import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import { MAX_REFS_PER_JOB, type NewJob } from '#src/infra/queue/jobs.ts';
import { wakeWorkers } from '#src/infra/queue/statements.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { countUnattempted } from '#src/domain/deliveries/count-unattempted.ts';
import {
  rescheduleBatch,
  type ReplaySelection,
} from '#src/domain/deliveries/transitions/reschedule-batch.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
}

const LOOK_EVERY_MS = 500;
/** As many of a replay's deliveries may wait for their first attempt; more are handed on when half of them had it. */
const MAX_OUTSTANDING = 1000;
/** In one look; others of the account have their turn in later ones. */
const MAX_PER_ACCOUNT = 5;

interface RunningReplay extends ReplaySelection {
  id: string;
}

interface ReplayKey {
  accountId: string;
  id: string;
}

/**
 * Hands the deliveries of bulk replays to the pipeline, oldest first, at the rate at which their endpoints take them. The
 * replay's row is all that there is to go on from: each step moves it on in one transaction with its jobs, whichever
 * worker makes it, so after a crash the next worker that looks goes on.
 */
export class ReplayPacer {
  readonly #deps: Dependencies;
  readonly #looks: Poller;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#looks = new Poller({
      poll: async () => {
        await this.advance();
        return false;
      },
      intervalMs: LOOK_EVERY_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'running replays could not be looked for; trying again');
      },
    });
  }

  start(): void {
    this.#looks.start();
  }

  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  /** Moves running replays on as far as they may go now: a few of each account, so that none holds up the others'. */
  async advance(): Promise<void> {
    for (const key of await chooseRunning(this.#deps.pool)) {
      if (this.#looks.isStopped) return;
      await this.#step(key).catch((error: unknown) => {
        this.#deps.logger.error({ err: error, replayId: key.id }, 'a replay could not go on; trying again');
      });
    }
  }

  async #step(key: ReplayKey): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      const replay = await lockRunning(client, key);
      if (replay === undefined) return;
      const outstanding = await countUnattempted(client, replay, { upTo: MAX_OUTSTANDING });
      if (outstanding > MAX_OUTSTANDING / 2) return;
      const jobs = await this.#reschedule(client, replay, MAX_OUTSTANDING - outstanding);
      if (jobs.length === 0) return;
      await this.#deps.queue.insert('deliver', jobs, client);
      await wakeWorkers(client);
    });
  }

  /** Takes back up to `limit` deliveries, and answers the jobs that name them. */
  async #reschedule(client: PoolClient, replay: RunningReplay, limit: number): Promise<NewJob[]> {
    const { clock } = this.#deps;
    const jobs: NewJob[] = [];
    let { cursorMessageId } = replay;
    for (let left = limit; left >= MAX_REFS_PER_JOB; left -= MAX_REFS_PER_JOB) {
      const batch = await rescheduleBatch(client, { ...replay, cursorMessageId }, new Date(clock.now()));
      const deliveries = batch.refs;
      await moveOn(client, replay, batch);
      if (deliveries.length > 0) {
        jobs.push({ id: uuidv7(clock.now()), data: { deliveries }, startAfterSeconds: 0 });
      }
      if (batch.isLast) break;
      cursorMessageId = deliveries.at(-1)?.messageId ?? cursorMessageId;
    }
    return jobs;
  }
}

/**
 * Of each account any few, not the oldest: those may stand still for as long as their endpoints hang. Accounts take turns.
 */
async function chooseRunning(pool: Pool): Promise<ReplayKey[]> {
  const { rows } = await pool.query<ReplayKey>(
    `select account_id as "accountId", id from (
       select account_id, id, row_number() over (partition by account_id order by random()) as turn
       from replays where status = 'running') running
     where turn <= ${String(MAX_PER_ACCOUNT)} order by turn, id`,
  );
  return rows;
}

/** One worker at a time moves a replay on; the others pass it by. */
async function lockRunning(
  client: PoolClient,
  { accountId, id }: ReplayKey,
): Promise<RunningReplay | undefined> {
  const { rows } = await client.query<RunningReplay>(
    `select account_id as "accountId", app_id as "appId", endpoint_id as "endpointId", id, states,
       event_type as "eventType", from_message_id as "fromMessageId", to_message_id as "toMessageId",
       cursor_message_id as "cursorMessageId"
     from replays where account_id = $1 and id = $2 and status = 'running' for update skip locked`,
    [accountId, id],
  );
  return rows[0];
}

/** Moves the replay's cursor behind a batch. */
async function moveOn(
  client: PoolClient,
  { accountId, id }: ReplayKey,
  { refs, isLast }: Awaited<ReturnType<typeof rescheduleBatch>>,
): Promise<void> {
  await client.query(
    `update replays set done = done + $3, cursor_message_id = coalesce($4, cursor_message_id), status = $5
     where account_id = $1 and id = $2`,
    [accountId, id, refs.length, refs.at(-1)?.messageId ?? null, isLast ? 'done' : 'running'],
  );
}
