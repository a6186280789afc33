import type { Pool, PoolClient } from 'pg';
import { type Db, PgBoss } from 'pg-boss';
import type { Logger } from '../telemetry/logger.ts';
import { accountOf, DELIVERY_QUEUES, type DeliveryJobData, type DeliveryQueue, type NewJob } from './jobs.ts';

const PURGE_QUEUE = 'account-purge';
const REPLAY_QUEUE = 'replay';
const SECOND_PURGE_SECONDS = 600;
/** A job that nobody fetched is never dropped for its age: it is the proof that a delivery is owed. */
const RETENTION_SECONDS = 10 * 365 * 86_400;

export interface ReplayJob {
  accountId: string;
  replayId: string;
}

interface QueueOptions {
  pool: Pool;
  logger: Logger;
  /** One process supervises: the worker. */
  supervises: boolean;
}

/** pg-boss behind the few calls that we make; every one takes our own client, so jobs commit with what they are about. */
export class JobQueue {
  readonly #boss: PgBoss;

  constructor({ pool, logger, supervises }: QueueOptions) {
    this.#boss = createBoss(pool, { supervises, migrates: false });
    this.#boss.on('error', (error) => {
      logger.warn({ err: error }, 'the job queue reported an error');
    });
  }

  async start(): Promise<void> {
    await this.#boss.start();
    // The first use of a queue reads its settings; done here, so that a transaction never waits for it.
    for (const queue of DELIVERY_QUEUES) await this.#boss.getQueue(queue);
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
    await this.#boss.insert(queue, rows, { db: databaseOn(client), returnId: false });
  }

  /**
   * Takes up to `limit` due jobs of accounts other than `passedOver`. They are gone when the transaction of `client`
   * commits: put a lease in their place.
   */
  async take(
    queue: DeliveryQueue,
    { limit, passedOver }: { limit: number; passedOver: string[] },
    client: PoolClient,
  ): Promise<DeliveryJobData[]> {
    const db = databaseOn(client);
    const jobs = await this.#boss.fetch<DeliveryJobData>(queue, {
      batchSize: limit,
      db,
      ...(passedOver.length > 0 ? { ignoreGroups: passedOver } : {}),
    });
    const ids = jobs.map(({ id }) => id);
    if (ids.length > 0) await this.#boss.deleteJob(queue, ids, { db });
    return jobs.map(({ data }) => data);
  }

  async delete(queue: DeliveryQueue, ids: string[], client: PoolClient): Promise<void> {
    await this.#boss.deleteJob(queue, ids, { db: databaseOn(client) });
  }

  /** Twice: an attempt that was in flight when the account went may still be written down after the first. */
  async enqueuePurge(accountId: string, client: PoolClient): Promise<void> {
    const db = databaseOn(client);
    await this.#boss.send(PURGE_QUEUE, { accountId }, { db });
    await this.#boss.send(PURGE_QUEUE, { accountId }, { db, startAfter: SECOND_PURGE_SECONDS });
  }

  async enqueueReplay(replay: ReplayJob, client: PoolClient): Promise<void> {
    await this.#boss.send(REPLAY_QUEUE, replay, { db: databaseOn(client) });
  }

  /** Runs `replay` for every replay that was asked for, again after a crash or an error. */
  async workOnReplays(replay: (job: ReplayJob) => Promise<void>): Promise<void> {
    const handle = async (jobs: { data: ReplayJob }[]) => {
      for (const { data } of jobs) await replay(data);
    };
    await this.#boss.work<ReplayJob>(
      REPLAY_QUEUE,
      { pollingIntervalSeconds: 0.5, localConcurrency: 2 },
      handle,
    );
  }

  /** Runs `purge` for every account that was deprovisioned, again after a crash or an error. */
  async workOnPurges(purge: (accountId: string) => Promise<void>): Promise<void> {
    await this.#boss.work<{ accountId: string }>(PURGE_QUEUE, async (jobs) => {
      for (const { data } of jobs) await purge(data.accountId);
    });
  }
}

/** Installs pg-boss and the queues; part of the release. Safe to repeat, and at the same time from several processes. */
export async function prepareQueues(pool: Pool): Promise<void> {
  const lock = await pool.connect();
  try {
    await lock.query(`select pg_advisory_lock(hashtext('prepare_queues'))`);
    await installQueues(pool);
  } finally {
    // With the connection goes the lock.
    lock.release(true);
  }
}

async function installQueues(pool: Pool): Promise<void> {
  const boss = createBoss(pool, { supervises: false, migrates: true });
  await boss.start();
  for (const queue of DELIVERY_QUEUES) {
    await createQueue(boss, queue, {
      partition: true,
      policy: 'standard',
      retentionSeconds: RETENTION_SECONDS,
    });
    const { table } = (await boss.getQueue(queue)) ?? {};
    if (table === undefined) throw new Error(`The queue ${queue} was not created`);
    // A burst into a queue that was just empty is planned by old statistics until it is analysed; keep those fresh.
    await pool.query(`alter table pgboss.${table} set (autovacuum_vacuum_scale_factor = 0.01,
      autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
  }
  for (const queue of [PURGE_QUEUE, REPLAY_QUEUE]) await createQueue(boss, queue, UNTIL_DONE);
  await boss.stop({ graceful: false });
}

/** Work that must end some day: tried again for weeks, also when its process died. */
const UNTIL_DONE = {
  retryLimit: 1000,
  retryDelay: 5,
  retryBackoff: true,
  retryDelayMax: 3600,
  expireInSeconds: 3600,
  retentionSeconds: RETENTION_SECONDS,
};

type QueueSettings = Parameters<PgBoss['createQueue']>[1];

async function createQueue(boss: PgBoss, name: string, settings: QueueSettings): Promise<void> {
  if ((await boss.getQueue(name)) === null) await boss.createQueue(name, settings);
}

function createBoss(
  pool: Pool,
  { supervises, migrates }: { supervises: boolean; migrates: boolean },
): PgBoss {
  return new PgBoss({
    db: databaseOn(pool),
    schema: 'pgboss',
    supervise: supervises,
    schedule: false,
    migrate: migrates,
    createSchema: migrates,
    maintenanceIntervalSeconds: 300,
    persistQueueStats: false,
  });
}

/** Unnamed statements only: a plan that PostgreSQL keeps from when a queue was empty is ruinous when it is full. */
function databaseOn(client: Pool | PoolClient): Db {
  return {
    executeSql: (text, values) =>
      values === undefined ? client.query(text) : client.query(text, [...values]),
  };
}
