import type { Pool, PoolClient } from 'pg';
import type { PgBoss } from 'pg-boss';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { createBoss, databaseOn, preparedOn, tableOf } from './boss.ts';
import {
  accountOf,
  BACKGROUND_QUEUES,
  type BackgroundJobs,
  type BackgroundQueue,
  DELIVERY_QUEUES,
  type DeliveryJobData,
  type DeliveryQueue,
  type NewJob,
  type SendJob,
} from './jobs.ts';
import { type Depth, dueDepth } from './due-depths.ts';
import { takeDueJobs, type Wanted } from './take-due-jobs.ts';

/** What waits in a background queue is looked for this often. */
const POLLING_SECONDS = 1;

interface QueueOptions {
  pool: Pool;
  logger: Logger;
  /** One process supervises: the worker. */
  supervises: boolean;
}

/** pg-boss behind the few calls that we make; every one takes our own client, so jobs commit with what they are about. */
export class JobQueue {
  readonly #boss: PgBoss;
  readonly #pool: Pool;
  readonly #tables = new Map<DeliveryQueue, string>();

  constructor({ pool, logger, supervises }: QueueOptions) {
    this.#pool = pool;
    this.#boss = createBoss(pool, { supervises, migrates: false });
    this.#boss.on('error', (error) => {
      logger.warn({ err: error }, 'the job queue reported an error');
    });
  }

  async start(): Promise<void> {
    await this.#boss.start();
    // The first use of a queue reads its settings; done here, so that a transaction never waits for it.
    for (const queue of DELIVERY_QUEUES) this.#tables.set(queue, await tableOf(this.#boss, queue));
    for (const queue of BACKGROUND_QUEUES) await tableOf(this.#boss, queue);
  }

  async stop(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 5000 });
  }

  async insert(queue: DeliveryQueue, jobs: NewJob[], client: PoolClient): Promise<void> {
    const rows = jobs.map(({ id, data, startAfterSeconds }) => {
      const accountId = accountOf(data);
      return {
        id,
        data,
        // Milliseconds will do, and a tiny number would be written with an exponent, which is no interval.
        startAfter: startAfterSeconds.toFixed(3),
        ...(accountId === undefined ? {} : { group: { id: accountId } }),
      };
    });
    await this.#boss.insert(queue, rows, { db: preparedOn(client), returnId: false });
  }

  /**
   * Takes up to `limit` due jobs of accounts other than `passedOver`. They are gone when the transaction of `client`
   * commits: put a lease in their place.
   */
  async take(queue: DeliveryQueue, wanted: Wanted, client: PoolClient): Promise<DeliveryJobData[]> {
    return takeDueJobs(client, this.#tableOf(queue), wanted);
  }

  /** Answers the ids of those that were there. */
  async delete(queue: DeliveryQueue, ids: string[], client: PoolClient): Promise<Set<string>> {
    const { rows } = await client.query<{ id: string }>(
      `delete from ${this.#tableOf(queue)} where id = any($1) returning id`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * A query for those of the ids in `parameter` that are there. In a transaction nobody else takes them any more, nor have
   * they been taken when it answers them.
   */
  keeping(queue: DeliveryQueue, parameter: string): string {
    return `select id from ${this.#tableOf(queue)} where id = any(${parameter}) for update`;
  }

  /** What is due in the delivery queues and was not taken yet. */
  async dueDepths(): Promise<(Depth & { name: DeliveryQueue })[]> {
    const depths = DELIVERY_QUEUES.map(async (name) => ({
      name,
      ...(await dueDepth(this.#pool, this.#tableOf(name))),
    }));
    return Promise.all(depths);
  }

  readonly send: SendJob = async (queue, data, { client, startAfterSeconds = 0 }) => {
    await this.#boss.send(queue, data, { db: databaseOn(client), startAfter: startAfterSeconds });
  };

  /**
   * Runs `handle` for every job of the queue, again with backoff when it throws or its process dies. `concurrency`: how
   * many of them at once. They are fetched together; when as many were there, more are looked for at once, so that a burst
   * does not wait for the next look each time.
   */
  async workOn<Q extends BackgroundQueue>(
    queue: Q,
    handle: (data: BackgroundJobs[Q]) => Promise<void>,
    { concurrency = 1 }: { concurrency?: number } = {},
  ): Promise<void> {
    const options = {
      batchSize: concurrency,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: POLLING_SECONDS,
      perJobResults: true,
    } as const;
    await this.#boss.work<BackgroundJobs[Q], unknown, typeof options>(queue, options, (jobs) =>
      Promise.all(jobs.map(async ({ id, data }) => ({ id, ...(await resultOf(handle(data))) }))),
    );
  }

  #tableOf(queue: DeliveryQueue): string {
    const table = this.#tables.get(queue);
    if (table === undefined) throw new Error('The queues are not started');
    return table;
  }
}

/** As pg-boss keeps it: of an error what tells people something. */
async function resultOf(work: Promise<void>) {
  try {
    await work;
    return { status: 'completed' as const };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    return { status: 'failed' as const, output: { name, message, stack } };
  }
}
