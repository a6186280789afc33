import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { DeliveryQueue, NewJob } from '#src/infra/queue/jobs.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { splitJobs } from './split-jobs.ts';
import { returnJobs } from './return-jobs.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import { loadDeliveries } from '#src/domain/deliveries/load-deliveries.ts';
import { weighMessages } from './weigh-messages.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  dispatcher: Dispatcher;
  clock: Clock;
  logger: Logger;
  leaseSeconds: number;
  pollMs?: number;
}

const POLL_MS = 1000;
/**
 * An account's backlog is collected while the account may have so many more in memory, a thousand or so at a time: one
 * that filled its share would hold up what the account posts now.
 */
const MIN_BACKLOG_CAPACITY = 2000;

interface Take {
  queue: DeliveryQueue;
  first: 'oldest' | 'newest';
  jobs: number;
}

/** `deliver` jobs name up to a hundred messages or deliveries, `retry` jobs one. */
const NEWEST: Take = { queue: 'deliver', first: 'newest', jobs: 2 };
const BACKLOG: Take = { queue: 'deliver', first: 'oldest', jobs: 10 };
const RETRIES: Take = { queue: 'retry', first: 'oldest', jobs: 200 };

/** Of messages that are loaded at a time. A job may name a hundred, of a megabyte each. */
const MAX_BYTES_PER_TAKE = 8 * 1024 * 1024;

/**
 * Takes due jobs out of the queues and hands their deliveries to the dispatcher: what another process accepted, what is
 * to be tried again, and what a process that died has left behind.
 */
export class JobFetcher {
  readonly #deps: Dependencies;
  #isStopped = false;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #isWoken = false;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  start(): void {
    this.#deps.dispatcher.onCapacity(() => {
      this.wake();
    });
    this.#running = this.#run();
  }

  /** Looks into the queues now rather than at the next poll. */
  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const taken = await this.#collect().catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'due deliveries could not be collected; trying again');
        return 0;
      });
      if (taken === 0) await this.#pause();
    }
  }

  async #collect(): Promise<number> {
    this.#isWoken = false;
    let taken = 0;
    // What came last first, so that a backlog does not hold up live traffic; then as much of the backlog, if there is one.
    const nearlyFull = this.#deps.dispatcher.accountsOverShare(MIN_BACKLOG_CAPACITY);
    const newest = await this.#collectFrom(NEWEST, nearlyFull);
    if (newest === NEWEST.jobs) taken += await this.#collectFrom(BACKLOG, nearlyFull);
    taken += newest + (await this.#collectFrom(RETRIES));
    return taken;
  }

  async #collectFrom(take: Take, freshOnly: string[] = []): Promise<number> {
    const { dispatcher, pool, logger } = this.#deps;
    if (!dispatcher.hasCapacity()) return 0;
    const { jobCount, leases } = await this.#lease(take, freshOnly);
    for (const [index, lease] of leases.entries()) {
      if (!dispatcher.hasCapacity()) {
        await returnJobs(leases.slice(index), this.#deps);
        break;
      }
      try {
        await dispatcher.addDue(lease, () => loadDeliveries(pool, lease.data));
      } catch (error) {
        logger.error(
          { err: error },
          'leased deliveries could not be loaded; they come due again with their lease',
        );
      }
    }
    return jobCount;
  }

  /** Takes due jobs and puts leases in their place, in one transaction: what they name is always in some job. */
  async #lease(
    { queue, first, jobs: limit }: Take,
    freshOnly: string[],
  ): Promise<{ jobCount: number; leases: Lease[] }> {
    const { clock, dispatcher, leaseSeconds, pool } = this.#deps;
    return transaction(pool, async (client) => {
      // The planner has no statistics of a queue that was just filled, and would sort all of it.
      await client.query('set local enable_sort = off');
      const passedOver = dispatcher.accountsOverShare(1);
      const jobs = await this.#deps.queue.take(queue, { limit, first, passedOver, freshOnly }, client);
      const bytes = await weighMessages(client, jobs);
      const { now, later } = splitJobs(jobs, { bytes, maxBytes: MAX_BYTES_PER_TAKE });
      const expiresAtMs = clock.monotonicNow() + leaseSeconds * 1000;
      const leases = now.map((data) => new Lease({ jobId: uuidv7(clock.now()), data, expiresAtMs }));
      const rows: NewJob[] = [
        ...leases.map(({ jobId: id, data }) => ({ id, data, startAfterSeconds: leaseSeconds })),
        ...later.map((data) => ({ id: uuidv7(clock.now()), data, startAfterSeconds: 0 })),
      ];
      if (rows.length > 0) await this.#deps.queue.insert('deliver', rows, client);
      return { jobCount: jobs.length, leases };
    });
  }

  async #pause(): Promise<void> {
    if (this.#isWoken || this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#deps.pollMs ?? POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
