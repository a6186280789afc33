import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { lazy } from '#src/infra/lib/lazy.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import { SteadyTime } from '#src/infra/queue/steady-time.ts';
import type { DeliveryJobData, DeliveryQueue, NewJob } from '#src/infra/queue/jobs.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { splitJobs } from './split-jobs.ts';
import { Quarantine, SUSPECT_PAUSE_SECONDS } from './quarantine.ts';
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
  /** Gives up, in the transaction of `client`, the deliveries of a job that processes died with. */
  park: (job: DeliveryJobData, client: PoolClient) => Promise<void>;
  /** Awaited when something is not as its job names it, before that is looked for once more. */
  whenMissing?: (() => Promise<void>) | undefined;
  /** Time between polls of empty queues. */
  pollMs?: number;
}

const POLL_MS = 1000;
/**
 * The backlog of an account is fetched only while the account may hold this many more deliveries, a thousand or so at a
 * time, because a backlog that filled its share would block what the account posts now.
 */
const MIN_BACKLOG_CAPACITY = 2000;

interface Fetch {
  queue: DeliveryQueue;
  /** Which due jobs to fetch first, by due time. */
  first: 'oldest' | 'newest';
  maxJobs: number;
}

/** A `deliver` job names up to a hundred messages or deliveries, a `retry` job one. */
const NEWEST: Fetch = { queue: 'deliver', first: 'newest', maxJobs: 2 };
const BACKLOG: Fetch = { queue: 'deliver', first: 'oldest', maxJobs: 10 };
const RETRIES: Fetch = { queue: 'retry', first: 'oldest', maxJobs: 200 };

/** Of the messages that one fetch loads, because a job may name a hundred of a megabyte each. */
const MAX_BYTES_PER_FETCH = 8 * 1024 * 1024;

/**
 * Fetches due jobs from the queues, puts leases in their place, and adds their deliveries to the dispatcher: deliveries
 * that another process accepted, retries, and deliveries whose lease ended because their process died.
 *
 * It fetches while it finds due jobs and the dispatcher has capacity. Then it waits for the next poll, or until {@link
 * wake}: by a notification of new jobs, or by the dispatcher, whose capacity is back.
 */
export class JobFetcher {
  readonly #deps: Dependencies;
  readonly #quarantine: Quarantine;
  readonly #steadyTime: SteadyTime;
  #isStopped = false;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #isWoken = false;
  /** Whether the last round found nothing, so that the next one first peeks. */
  #wasEmpty = false;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#quarantine = new Quarantine(deps);
    this.#steadyTime = new SteadyTime(deps.clock, deps.leaseSeconds * 1000);
  }

  start(): void {
    this.#deps.dispatcher.onCapacity(() => {
      this.wake();
    });
    this.#running = this.#run();
  }

  /** Polls the queues now. */
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
      const fetched = await this.#fetchDue().catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'due deliveries could not be fetched; trying again');
        return 0;
      });
      this.#wasEmpty = fetched === 0;
      if (this.#wasEmpty) await this.#pause();
    }
  }

  /** Returns the number of jobs that it fetched. */
  async #fetchDue(): Promise<number> {
    const wasWoken = this.#isWoken;
    this.#isWoken = false;
    if (this.#wasEmpty && !wasWoken && !(await this.#isAnyDue())) return 0;
    const nearlyFull = this.#deps.dispatcher.accountsOverShare(MIN_BACKLOG_CAPACITY);
    // The newest first, so that a backlog does not block live traffic; fewer than the limit means that there is none.
    let fetched = await this.#fetch(NEWEST, nearlyFull);
    if (fetched === NEWEST.maxJobs) fetched += await this.#fetch(BACKLOG, nearlyFull);
    fetched += await this.#fetch(RETRIES);
    return fetched;
  }

  async #isAnyDue(): Promise<boolean> {
    const { isAnyDue, nowMs } = await this.#deps.queue.peek();
    // Observed at every poll, so that a step of the clock is seen however long nothing is due.
    this.#steadyTime.aheadMs(nowMs);
    return isAnyDue;
  }

  /** `freshOnly`: ids of accounts of which only jobs are fetched that came due in the last seconds. */
  async #fetch(fetch: Fetch, freshOnly: string[] = []): Promise<number> {
    const { dispatcher, pool, logger } = this.#deps;
    // Once for all jobs: what was prepared before they were leased has ended then.
    const { whenMissing: wait } = this.#deps;
    const whenMissing = wait && lazy(wait);
    if (!dispatcher.hasCapacity()) return 0;
    const { jobCount, leases } = await this.#lease(fetch, freshOnly);
    for (const [index, lease] of leases.entries()) {
      if (!dispatcher.hasCapacity()) {
        await returnJobs(leases.slice(index), this.#deps);
        break;
      }
      this.#quarantine.watch(lease);
      try {
        await dispatcher.addDue(lease, () => loadDeliveries(pool, lease.data, whenMissing));
      } catch (error) {
        logger.error({ err: error }, 'leased deliveries could not be loaded; they come due again');
        // Put back as they were, because the end of their lease would count as the death of this process.
        await returnJobs([lease], this.#deps, this.#deps.leaseSeconds).catch(() => undefined);
      }
    }
    return jobCount;
  }

  /**
   * Removes due jobs and inserts leases in one transaction, so that some job always names every outstanding delivery.
   */
  async #lease(
    { queue, first, maxJobs }: Fetch,
    freshOnly: string[],
  ): Promise<{ jobCount: number; leases: Lease[] }> {
    const { clock, dispatcher, leaseSeconds, pool } = this.#deps;
    return transaction(pool, async (client) => {
      // The planner has no statistics of a queue that was just filled, and would sort all of it. It charges a sort that
      // is left ten billion then, for which it would compile the statement: half a second (jit_above_cost).
      await client.query('set local enable_sort = off; set local jit = off');
      const passedOver = dispatcher.accountsOverShare(1);
      const aheadMs = (databaseNowMs: number) => this.#steadyTime.aheadMs(databaseNowMs);
      const wanted = { limit: maxJobs, first, passedOver, freshOnly, aheadMs };
      const jobs = await this.#deps.queue.take(queue, wanted, client);
      const admitted = await this.#quarantine.admit(jobs, client);
      const bytes = await weighMessages(client, admitted.now);
      const { now, later } = splitJobs(admitted.now, { bytes, maxBytes: MAX_BYTES_PER_FETCH });
      const expiresAtMs = clock.monotonicNow() + leaseSeconds * 1000;
      const leases = now.map((data) => new Lease({ jobId: uuidv7(clock.now()), data, expiresAtMs }));
      const rows: NewJob[] = [
        ...leases.map(({ jobId: id, storedData: data }) => ({ id, data, startAfterSeconds: leaseSeconds })),
        ...later.map((data) => ({ id: uuidv7(clock.now()), data, startAfterSeconds: 0 })),
        ...admitted.later.map((data) => ({
          id: uuidv7(clock.now()),
          data,
          startAfterSeconds: SUSPECT_PAUSE_SECONDS,
        })),
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
