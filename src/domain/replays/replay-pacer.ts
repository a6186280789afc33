import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import { type DeliveryRef, MAX_REFS_PER_JOB, type NewJob } from '#src/infra/queue/jobs.ts';
import { wakeWorkers } from '#src/infra/queue/statements.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { beginQueued } from './begin-queued.ts';
import { enterQueue, hasQueue } from './enter-queue.ts';
import { findMissing } from './missing-messages.ts';
import { scheduleMissing } from '#src/domain/deliveries/transitions/schedule-missing.ts';
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

const POLL_MS = 500;
/**
 * Deliveries of a replay that may wait for their first attempt. The next ones are rescheduled when half have had it.
 */
const MAX_UNATTEMPTED = 1000;
/** Replays of one account a poll; the choice is random, so later polls advance the others. */
const MAX_REPLAYS_PER_ACCOUNT = 5;

/** Batches that a replay looks at in one step, because few deliveries of a batch may match. */
const MAX_LOOKS = 20;
/** The same of a replay for which payloads are read: it searches texts, or its endpoint has a filter. */
const MAX_LOOKS_AT_TEXTS = 3;
/** Replays that advance at once. */
const CONCURRENCY = 4;

interface RunningReplay extends ReplaySelection {
  id: string;
  ofMissing: boolean;
}

interface ReplayKey {
  accountId: string;
  id: string;
}

/**
 * Reschedules the deliveries of bulk replays, oldest first, at the rate at which their endpoints accept them. A
 * replay's progress is the cursor in its row, which advances in one transaction with the jobs. So any worker can make
 * the next step, and after a crash another worker continues.
 */
export class ReplayPacer {
  readonly #deps: Dependencies;
  readonly #poller: Poller;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#poller = new Poller({
      poll: async () => {
        await this.advance();
        return false;
      },
      intervalMs: POLL_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'running replays could not be read; trying again');
      },
    });
  }

  start(): void {
    this.#poller.start();
  }

  async stop(): Promise<void> {
    await this.#poller.stop();
  }

  /** Advances a few running replays of each account by one step, so that no account delays the replays of others. */
  async advance(): Promise<void> {
    const active = await activeStates(this.#deps.pool);
    if (active.includes('queued')) await beginQueued(this.#deps.pool);
    if (active.length === 0) return;
    for (const some of chunksOf(await chooseRunning(this.#deps.pool), CONCURRENCY)) {
      if (this.#poller.isStopped) return;
      await Promise.all(some.map((key) => this.#stepUnlessFailing(key)));
    }
  }

  async #stepUnlessFailing(key: ReplayKey): Promise<void> {
    await this.#step(key).catch((error: unknown) => {
      this.#deps.logger.error({ err: error, replayId: key.id }, 'a replay could not advance; trying again');
    });
  }

  async #step(key: ReplayKey): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      const replay = await lockRunning(client, key);
      if (replay === undefined) return;
      const unattempted = await countUnattempted(client, replay, { upTo: MAX_UNATTEMPTED });
      if (unattempted > MAX_UNATTEMPTED / 2) return;
      const batches = await this.#reschedule(client, replay, MAX_UNATTEMPTED - unattempted);
      if (batches.length === 0) return;
      if (await hasQueue(client, replay)) return enterQueue(client, replay, batches.flat());
      const { clock, queue } = this.#deps;
      const jobs = batches.map((deliveries): NewJob => ({
        ...{ id: uuidv7(clock.now()), data: { deliveries } },
        startAfterSeconds: 0,
      }));
      await queue.insert('deliver', jobs, client);
      await wakeWorkers(client);
    });
  }

  /** Reschedules up to `limit` deliveries, in batches of as many as a job may name, and answers these. */
  async #reschedule(client: PoolClient, replay: RunningReplay, limit: number): Promise<DeliveryRef[][]> {
    const { clock } = this.#deps;
    const batches: DeliveryRef[][] = [];
    let { cursorMessageId } = replay;
    let left = limit;
    const readsTexts = replay.query !== null || replay.ofMissing;
    const maxLooks = readsTexts ? MAX_LOOKS_AT_TEXTS : MAX_LOOKS;
    for (let looks = 0; left >= MAX_REFS_PER_JOB && looks < maxLooks; looks += 1) {
      const batch = await this.#nextBatch(client, { ...replay, cursorMessageId }, new Date(clock.now()));
      const deliveries = batch.refs;
      await advanceCursor(client, replay, batch);
      if (deliveries.length > 0) batches.push(deliveries);
      if (batch.isLast) break;
      cursorMessageId = batch.cursorMessageId;
      left -= deliveries.length;
    }
    return batches;
  }

  async #nextBatch(client: PoolClient, replay: RunningReplay, dueAt: Date) {
    if (!replay.ofMissing) return rescheduleBatch(client, replay, dueAt);
    const { messageIds, ...reached } = await findMissing(client, replay, MAX_REFS_PER_JOB);
    return { refs: await scheduleMissing(client, { ...replay, messageIds }, dueAt), ...reached };
  }
}

/** Which of the states replays are in that have something to do: one statement for a worker without replays. */
async function activeStates(pool: Pool): Promise<('queued' | 'running')[]> {
  const { rows } = await pool.query<{ status: 'queued' | 'running' }>(
    `(select status from replays where status = 'queued' limit 1)
     union all (select status from replays where status = 'running' limit 1)`,
  );
  return rows.map(({ status }) => status);
}

/**
 * A few running replays of each account, in round robin by account. They are chosen at random and not by age, because
 * the oldest ones may be blocked for as long as their endpoints hang.
 */
async function chooseRunning(pool: Pool): Promise<ReplayKey[]> {
  const { rows } = await pool.query<ReplayKey>(
    `select account_id as "accountId", id from (
       select account_id, id, row_number() over (partition by account_id order by random()) as turn
       from replays where status = 'running') running
     where turn <= ${String(MAX_REPLAYS_PER_ACCOUNT)} order by turn, id`,
  );
  return rows;
}

/** Locks the replay until the transaction ends; undefined when it no longer runs or another worker holds the lock. */
async function lockRunning(
  client: PoolClient,
  { accountId, id }: ReplayKey,
): Promise<RunningReplay | undefined> {
  const { rows } = await client.query<RunningReplay>(
    `select account_id as "accountId", app_id as "appId", endpoint_id as "endpointId", id, states,
       of_missing as "ofMissing", reason,
       event_type as "eventType", status_code as "statusCode", query, from_message_id as "fromMessageId", to_message_id as "toMessageId",
       cursor_message_id as "cursorMessageId"
     from replays where account_id = $1 and id = $2 and status = 'running' for update skip locked`,
    [accountId, id],
  );
  return rows[0];
}

/** Moves the replay's cursor past the batch, and ends the replay after the last one. */
async function advanceCursor(
  client: PoolClient,
  { accountId, id }: ReplayKey,
  { refs, cursorMessageId, isLast }: Awaited<ReturnType<typeof rescheduleBatch>>,
): Promise<void> {
  await client.query(
    `update replays set done = done + $3, cursor_message_id = coalesce($4, cursor_message_id), status = $5
     where account_id = $1 and id = $2`,
    [accountId, id, refs.length, cursorMessageId, isLast ? 'done' : 'running'],
  );
}
