import type { Pool, PoolClient } from 'pg';
import { groupByApp } from '#src/domain/deliveries/group-by-app.ts';
import { CounterShards } from '#src/domain/quotas/counter-shards.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { dayAt } from '#src/domain/quotas/month.ts';
import { isDatabaseAway } from '#src/infra/database/is-away.ts';
import { pipelined, type Statement } from '#src/infra/database/pipelined.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { engineOf } from '#src/infra/database/two-phase.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { NewJob } from '#src/infra/queue/jobs.ts';
import { enqueue, wakeWorkers } from '#src/infra/queue/statements.ts';
import { enteringQueues } from './entering-queues.ts';
import { type Inserted, insertMessages, isStored } from './insert-messages.ts';
import { insertMessagesOnCitus } from './insert-messages-on-citus.ts';
import type { InsertResult, RoutedMessage } from './routed-message.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  /** Gets the counts of each flush. */
  quota: Pick<MessageQuota, 'record'>;
  /** How many flushes are written at once, at most. */
  flushesInFlight: number;
}

/** The jobs that name the deliveries of a flush. */
export interface Jobs {
  leased: NewJob[];
  due: NewJob[];
}

/**
 * Looks at the messages whose `event_id` is taken, before the others are committed; `client` sees the messages that
 * have it. What it throws rolls the flush back.
 */
export type CheckDuplicates = (client: PoolClient, results: InsertResult[]) => Promise<void>;

/** Writes a flush: messages, held deliveries, counts and jobs, in one transaction. */
export class FlushWriter {
  readonly #deps: Dependencies;
  readonly #shards: CounterShards;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#shards = new CounterShards(deps.flushesInFlight);
  }

  /** Writes each message that can be written; on PostgreSQL in one round trip. */
  async write(routedMessages: RoutedMessage[], jobs: Jobs): Promise<InsertResult[]> {
    return this.#counting(async (count) => {
      const [inserted] = await pipelined(this.#deps.pool, [
        this.#inserting(routedMessages, count),
        ...this.#enqueueing(routedMessages, jobs),
      ]);
      return inserted;
    });
  }

  /** Writes all messages, or none. Throws what `checkDuplicates` throws. */
  async writeAllOrNone(
    routedMessages: RoutedMessage[],
    jobs: Jobs,
    checkDuplicates: CheckDuplicates,
  ): Promise<InsertResult[]> {
    const { pool } = this.#deps;
    return this.#counting(async (count) => {
      let inserted: Inserted = { results: [], counts: new Map() };
      const work = async (client: PoolClient) => {
        inserted = await this.#inserting(routedMessages, count)(client);
        const { results } = inserted;
        if (results.includes('duplicate')) await checkDuplicates(client, results);
        if (results.includes('stale')) return;
        for (const enqueueJobs of this.#enqueueing(routedMessages, jobs)) await enqueueJobs(client);
      };
      await transaction(pool, work).catch(async (error: unknown) => {
        const sample = routedMessages.find((_, index) => inserted.results[index] === 'accepted');
        // The answer to COMMIT was lost: one message of the group tells whether all are there.
        const isCommitted = isDatabaseAway(error) && (await isStored(pool, sample?.message));
        if (!isCommitted) throw error;
      });
      return inserted;
    });
  }

  /** Lends the flush a shard to count its messages in, and tells the quota what was counted. */
  async #counting(
    write: (count: { day: string; shard: number }) => Promise<Inserted>,
  ): Promise<InsertResult[]> {
    const { clock, quota } = this.#deps;
    const day = dayAt(clock.now());
    return this.#shards.lend(async (shard) => {
      const { results, counts } = await write({ day, shard });
      for (const [accountId, messages] of counts) quota.record(accountId, { day, shard, messages });
      return results;
    });
  }

  #inserting(routedMessages: RoutedMessage[], count: { day: string; shard: number }): Statement<Inserted> {
    return engineOf(this.#deps.pool) === 'citus'
      ? (client) => insertMessagesOnCitus(client, routedMessages, count)
      : (client) => insertMessages(client, routedMessages, count);
  }

  #enqueueing(routedMessages: RoutedMessage[], { leased, due }: Jobs): Statement<void>[] {
    const { queue, clock } = this.#deps;
    const jobs = [...leased, ...due];
    const later = jobsOfScheduled(routedMessages, clock.now());
    return [
      ...enteringQueues(routedMessages),
      ...(jobs.length > 0 ? [enqueue(queue, 'deliver', jobs)] : []),
      ...(later.length > 0 ? [enqueue(queue, 'retry', later)] : []),
      ...(due.length > 0 ? [wakeWorkers] : []),
    ];
  }
}

/** The job that names the deliveries of messages of one account. */
export function jobOf(
  routedMessages: RoutedMessage[],
  { nowMs, startAfterSeconds }: { nowMs: number; startAfterSeconds: number },
): NewJob {
  const data = { messages: groupByApp(routedMessages.map(({ message }) => message)) };
  return { id: uuidv7(nowMs), data, startAfterSeconds };
}

/** The jobs of messages with `deliver_at`: one each, which comes due then. */
function jobsOfScheduled(routedMessages: RoutedMessage[], nowMs: number): NewJob[] {
  return routedMessages.flatMap((routed) => {
    const { deliverAt, endpointIds } = routed.message;
    if (deliverAt === null || endpointIds.length === 0) return [];
    const startAfterSeconds = Math.max(0, (deliverAt.getTime() - nowMs) / 1000);
    return [jobOf([routed], { nowMs, startAfterSeconds })];
  });
}
