import type { Pool, PoolClient } from 'pg';
import type { PgBoss } from 'pg-boss';
import type { DatabaseEngine } from '#src/infra/database/engine.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Poller } from '#src/infra/lib/poller.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { type DueWork, dueOfAccount, messagesNamedByJobs, type NamedMessages } from './account-jobs.ts';
import { createBoss, databaseOn, preparedOn, tableOf } from './boss.ts';
import {
  accountOf,
  BACKGROUND_QUEUES,
  type BackgroundJobs,
  type BackgroundQueue,
  DELIVERY_QUEUES,
  MAX_DEATHS,
  PARKED_QUEUE,
  type DeliveryJobData,
  type DeliveryQueue,
  type NewJob,
  type SendJob,
} from './jobs.ts';
import { type LaterJobs, lockLaterJobs, recallJobs } from './later-jobs.ts';
import { beginRun, countParked, endRun, reportParked } from './parking.ts';
import { type Depth, dueDepth } from './due-depths.ts';
import { pollDueQueues } from './due-queues.ts';
import { type Peek, peekAt, takeDueJobs, type Wanted } from './take-due-jobs.ts';

/** Between the polls of each queue by pg-boss, which our own makes needless. */
const BACKSTOP_SECONDS = 60;

const WHAT_TO_DO =
  'processes died while they worked on it. Its deliveries have failed and can be replayed; background work is taken up again by the next release';

interface QueueOptions {
  pool: Pool;
  logger: Logger;
  engine?: DatabaseEngine;
  /** Whether this process runs pg-boss' maintenance; workers do. */
  supervises: boolean;
}

/**
 * The calls of pg-boss that we use. Each takes the caller's client, so jobs commit in the transaction that they belong
 * to.
 */
export class JobQueue {
  readonly #boss: PgBoss;
  readonly #pool: Pool;
  readonly #logger: Logger;
  readonly #tables = new Map<DeliveryQueue, string>();
  readonly #workers = new Map<BackgroundQueue, string>();
  readonly #poller: Poller;

  constructor({ pool, logger, engine = 'postgresql', supervises }: QueueOptions) {
    this.#pool = pool;
    this.#logger = logger;
    this.#boss = createBoss(pool, { engine, supervises, migrates: false });
    this.#boss.on('error', (error) => {
      logger.warn({ err: error }, 'the job queue reported an error');
    });
    this.#poller = pollDueQueues({
      ...{ pool, logger },
      queues: () => [...this.#workers.keys()],
      onDue: (queue) => {
        this.wake(queue);
      },
    });
  }

  async start(): Promise<void> {
    await this.#boss.start();
    // pg-boss reads a queue's settings at its first use. That happens here, so that no transaction waits for it.
    for (const queue of DELIVERY_QUEUES) this.#tables.set(queue, await tableOf(this.#boss, queue));
    for (const queue of BACKGROUND_QUEUES) await tableOf(this.#boss, queue);
    this.#poller.start();
  }

  async stop(): Promise<void> {
    await this.#poller.stop();
    await this.#boss.stop({ graceful: true, timeout: 5000 });
  }

  async insert(queue: DeliveryQueue, jobs: NewJob[], client: PoolClient): Promise<void> {
    const rows = jobs.map(({ id, data, startAfterSeconds }) => {
      const accountId = accountOf(data);
      return {
        id,
        data,
        // In milliseconds, because JavaScript writes tiny numbers with an exponent, which PostgreSQL's interval
        // refuses.
        startAfter: startAfterSeconds.toFixed(3),
        ...(accountId === undefined ? {} : { group: { id: accountId } }),
      };
    });
    await this.#boss.insert(queue, rows, { db: preparedOn(client), returnId: false });
  }

  /** Whether any delivery job is due, and the database's time. */
  async peek(): Promise<Peek> {
    return peekAt(
      this.#pool,
      DELIVERY_QUEUES.map((queue) => this.#tableOf(queue)),
    );
  }

  /**
   * Fetches up to `limit` due jobs and deletes them. They are gone when the transaction of `client` commits, so the
   * caller inserts a lease in the same transaction.
   */
  async take(queue: DeliveryQueue, wanted: Wanted, client: PoolClient): Promise<DeliveryJobData[]> {
    return takeDueJobs(client, this.#tableOf(queue), wanted);
  }

  /** Deletes jobs by id. Answers the ids that were there. */
  async delete(queue: DeliveryQueue, ids: string[], client: PoolClient): Promise<Set<string>> {
    const { rows } = await client.query<{ id: string }>(
      `delete from ${this.#tableOf(queue)} where id = any($1) returning id`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Answers which of the job ids are there, and locks these: until the transaction ends, no other process can fetch
   * them.
   */
  async keep(queue: DeliveryQueue, ids: string[], client: PoolClient): Promise<Set<string>> {
    const { rows } = await client.query<{ id: string }>(
      `select id from ${this.#tableOf(queue)} where id = any($1) for update`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The jobs of these ids that come due later, locked, but for those that others have locked. */
  async lockLaterJobs(queue: DeliveryQueue, ids: string[], client: PoolClient): Promise<LaterJobs> {
    return lockLaterJobs(client, { table: this.#tableOf(queue), queue, ids });
  }

  /** Moves jobs of one delivery each to `dueAt`: `start_after`, and the time in their data. */
  async recall(
    queue: DeliveryQueue,
    { ids, dueAt }: { ids: string[]; dueAt: Date },
    client: PoolClient,
  ): Promise<void> {
    await recallJobs(client, { table: this.#tableOf(queue), queue, ids }, dueAt);
  }

  /** How many jobs of each delivery queue are due and not fetched yet. */
  async dueDepths(): Promise<(Depth & { name: DeliveryQueue })[]> {
    const depths = DELIVERY_QUEUES.map(async (name) => ({
      name,
      ...(await dueDepth(this.#pool, this.#tableOf(name))),
    }));
    return Promise.all(depths);
  }

  /** Sends a background job. */
  readonly send: SendJob = async (queue, data, { client, startAfterSeconds = 0 }) => {
    await this.#boss.send(queue, data, { db: databaseOn(client), startAfter: startAfterSeconds });
  };

  /**
   * Runs `handle` for every job of the queue, and retries with backoff when it throws or its process dies.
   *
   * @param handle at least once a job
   * @param options `concurrency`: jobs at once. They are fetched as one batch. After a full batch the next fetch
   *   follows without waiting for the next poll, so that a burst is not held up by the interval.
   */
  async workOn<Q extends BackgroundQueue>(
    queue: Q,
    handle: (data: BackgroundJobs[Q]) => Promise<void>,
    { concurrency = 1 }: { concurrency?: number } = {},
  ): Promise<void> {
    const options = {
      batchSize: concurrency,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: BACKSTOP_SECONDS,
      perJobResults: true,
    } as const;
    const worker = await this.#boss.work<BackgroundJobs[Q], unknown, typeof options>(queue, options, (jobs) =>
      Promise.all(
        jobs.map(async ({ id, data }) => ({
          id,
          ...(await resultOf(this.#run({ id, queue, data }, () => handle(data)))),
        })),
      ),
    );
    this.#workers.set(queue, worker);
  }

  /** Looks for due jobs of the queue at once, where this process works on it. */
  wake(queue: BackgroundQueue): void {
    const worker = this.#workers.get(queue);
    if (worker !== undefined) this.#boss.notifyWorker(worker);
  }

  /** Keeps a job that kills processes, in the transaction of `client`, and tells the operator. */
  async park(from: BackgroundQueue | DeliveryQueue, data: object, client: PoolClient): Promise<void> {
    await this.#boss.send(PARKED_QUEUE, { ...data, parkedFrom: from }, { db: databaseOn(client) });
    this.#logger.error({ queue: from, job: data }, `job parked: ${WHAT_TO_DO}`);
  }

  /** How many jobs are parked, by the queue that they were in. */
  async parkedJobs(): Promise<Record<string, number>> {
    return countParked(this.#pool);
  }

  /** Calls `report` with the queue of each parked job that was not reported; one process at a time has a job. */
  async reportParked(report: (queues: string[]) => Promise<void>): Promise<void> {
    await reportParked(this.#pool, report);
  }

  /** What is due of an account, or of one of its apps. */
  async dueOf(owner: { accountId: string; appId?: string | null }): Promise<DueWork> {
    return dueOfAccount(
      this.#pool,
      DELIVERY_QUEUES.map((queue) => this.#tableOf(queue)),
      owner,
    );
  }

  /** The messages of an account of which a delivery may not have been attempted yet. */
  async messagesNamed(accountId: string): Promise<NamedMessages> {
    return messagesNamedByJobs(
      this.#pool,
      { deliver: this.#tableOf('deliver'), retry: this.#tableOf('retry') },
      accountId,
    );
  }

  /** Runs a background job, or parks it when processes died with it. */
  async #run(job: { id: string; queue: BackgroundQueue; data: object }, handle: () => Promise<void>) {
    const deaths = (await beginRun(this.#pool, job.id)) - 1;
    if (deaths >= MAX_DEATHS) {
      await transaction(this.#pool, (client) => this.park(job.queue, job.data, client));
      await endRun(this.#pool, job.id);
      return;
    }
    await handle().finally(() => endRun(this.#pool, job.id));
  }

  #tableOf(queue: DeliveryQueue): string {
    const table = this.#tables.get(queue);
    if (table === undefined) throw new Error('The queues are not started');
    return table;
  }
}

/** The result that pg-boss stores with a job; of an error only the name, the message and the stack. */
async function resultOf(work: Promise<void>) {
  try {
    await work;
    return { status: 'completed' as const };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    return { status: 'failed' as const, output: { name, message, stack } };
  }
}
