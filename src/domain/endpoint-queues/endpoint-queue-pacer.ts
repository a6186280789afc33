import type { Pool, PoolClient } from 'pg';
import { paceOf } from '#src/domain/outbound-rules/rate-limit.ts';
import type { Notifications } from '#src/infra/database/notifications.ts';
import { committedEverywhere } from '#src/infra/database/prepared-commits.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import { wakeWorkers } from '#src/infra/queue/statements.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { coalesceEntries } from './coalesce-entries.ts';
import { ensureQueue, keepQueue, type LockedQueue, lockQueue, readQueue } from './queue-rows.ts';
import { dueQueues, forgetWakes, nextWakeInMs, type QueueKey, snoozeWakes, wakeAt } from './queue-wakes.ts';
import { countReleased, nextDueAt, releaseEntries } from './release-entries.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  logger: Logger;
  notifications: Pick<Notifications, 'on'>;
}

const POLL_MS = 1000;
/** Between looks at queues that another worker has locked. */
const LOCKED_MS = 20;
/** Until a queue whose look failed is looked at again, unless something of it changes before. */
const FAILED_SECONDS = 5;
/** Deliveries of a queue that are released and not settled, whatever its rules allow. */
const MAX_RELEASED = 1000;
/** Queues that are looked at at once. */
const CONCURRENCY = 4;

/**
 * Releases the deliveries that wait in the queues of endpoints, as the rules of each allow. All that a release depends
 * on is in the database and locked by the queue's row, so the workers keep a rate together, and any of them goes on
 * after a crash.
 */
export class EndpointQueuePacer {
  readonly #deps: Dependencies;
  readonly #poller: Poller;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: () => void = () => undefined;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#poller = new Poller({
      poll: () => this.#poll(),
      intervalMs: POLL_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'queues of endpoints could not be read; trying again');
      },
    });
  }

  start(): void {
    this.#unsubscribe = this.#deps.notifications.on('endpoint_queues', () => {
      this.#poller.wake();
    });
    this.#poller.start();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    await this.#poller.stop();
    clearTimeout(this.#timer);
  }

  /**
   * Looks at the queues that are due, at some of each account. Answers whether any of them was not locked. Throws when
   * the database fails.
   */
  async advance(): Promise<boolean> {
    let hasLooked = false;
    for (const some of chunksOf(await dueQueues(this.#deps.pool), CONCURRENCY)) {
      if (this.#poller.isStopped) return false;
      const looked = await Promise.all(some.map((queue) => this.#lookUnlessFailing(queue)));
      hasLooked ||= looked.includes(true);
    }
    return hasLooked;
  }

  async #poll(): Promise<boolean> {
    clearTimeout(this.#timer);
    let inMs = await nextWakeInMs(this.#deps.pool);
    if (inMs !== null && inMs <= 0) {
      if (await this.advance()) return true;
      inMs = await nextWakeInMs(this.#deps.pool);
    }
    if (inMs === null || inMs >= POLL_MS || this.#poller.isStopped) return false;
    this.#timer = setTimeout(
      () => {
        this.#poller.wake();
      },
      Math.max(LOCKED_MS, Math.ceil(inMs)),
    );
    return false;
  }

  async #lookUnlessFailing(queue: QueueKey): Promise<boolean> {
    try {
      await ensureQueue(this.#deps.pool, queue);
      return await transaction(this.#deps.pool, (client) => this.#look(client, queue));
    } catch (error) {
      const { endpointId } = queue;
      this.#deps.logger.error(
        { err: error, endpointId },
        'a queue could not be looked at; trying again later',
      );
      await transaction(this.#deps.pool, (client) => snoozeWakes(client, queue, FAILED_SECONDS));
      return false;
    }
  }

  async #look(client: PoolClient, queue: QueueKey): Promise<boolean> {
    if (!(await lockQueue(client, queue))) return false;
    // What came before a wake that is forgotten here is read below, because it committed with it.
    await forgetWakes(client, queue);
    await committedEverywhere(this.#deps.pool);
    const locked = await readQueue(client, queue);
    const { now, rules } = locked;
    if (rules?.coalesces === true && (await coalesceEntries(client, queue))) {
      await wakeAt(client, queue, now);
      return true;
    }
    if (rules?.isPaused === true) {
      await keepQueue(client, queue, locked);
      return true;
    }
    const isFifo = rules?.isFifo === true;
    const { room, isFull } = await this.#roomIn(client, queue, locked);
    const jobs = room > 0 ? await releaseEntries(client, queue, { now, limit: room, isFifo }) : [];
    const released = jobs.reduce((sum, { data }) => sum + (data.deliveries?.length ?? 0), 0);
    if (jobs.length > 0) {
      await this.#deps.queue.insert('deliver', jobs, client);
      await wakeWorkers(client);
    }
    const nextReleaseAt = nextReleaseAfter(locked, released);
    await keepQueue(client, queue, { nextReleaseAt, now });
    // Whoever settles a released one wakes a full queue.
    const dueAt = isFull(released) ? null : await nextDueAt(client, queue, { isFifo, now });
    const wake = dueAt === null ? nextReleaseAt : latest(dueAt, nextReleaseAt);
    if (wake !== null && (dueAt !== null || wake > now)) await wakeAt(client, queue, wake);
    return true;
  }

  /** How many deliveries may be released now, and whether so many fill the queue. */
  async #roomIn(client: PoolClient, queue: QueueKey, { now, rules, nextReleaseAt }: LockedQueue) {
    const limit = rules?.rateLimit ?? null;
    const atOnce = limit?.period === 'concurrent' ? Math.min(limit.limit, MAX_RELEASED) : MAX_RELEASED;
    const free = atOnce - (await countReleased(client, queue, atOnce));
    const pace = limit === null ? null : paceOf(limit);
    const isEarly = pace !== null && nextReleaseAt !== null && nextReleaseAt > now;
    const room = isEarly ? 0 : Math.min(free, pace?.count ?? free);
    return { room, isFull: (released: number) => free - released <= 0 };
  }
}

/** When the next release may be; `null`: at once. */
function nextReleaseAfter({ now, rules, nextReleaseAt }: LockedQueue, released: number): Date | null {
  const pace = rules?.rateLimit == null ? null : paceOf(rules.rateLimit);
  if (pace === null) return null;
  return released === 0 ? nextReleaseAt : new Date(now.getTime() + Math.ceil(released * pace.intervalMs));
}

const latest = (one: Date, other: Date | null) => (other !== null && other > one ? other : one);
