import type { Pool, PoolClient } from 'pg';
import { isDataError } from '#src/infra/database/data-error.ts';
import { isDatabaseAway } from '#src/infra/database/is-away.ts';
import type { DatabaseEngine } from '#src/infra/database/engine.ts';
import { inSequence } from '#src/infra/database/in-sequence.ts';
import { pipelined, type Statement } from '#src/infra/database/pipelined.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { Batcher } from '#src/infra/lib/batcher.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { AppError, InvalidInput, Unavailable } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import { MAX_REFS_PER_JOB, type NewJob } from '#src/infra/queue/jobs.ts';
import { enqueue, wakeWorkers } from '#src/infra/queue/statements.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { dayAt } from '#src/domain/quotas/month.ts';
import { CounterShards } from '#src/domain/quotas/counter-shards.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import type { RoutedMessage, InsertResult } from './routed-message.ts';
import type { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { type Inserted, insertMessages, isStored } from './insert-messages.ts';
import { insertMessagesOnCitus } from './insert-messages-on-citus.ts';
import { Room } from './room.ts';
import { groupByApp } from '#src/domain/deliveries/group-by-app.ts';
import { asLease, Lease } from '#src/domain/deliveries/lease.ts';
import type { PendingDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  pool: Pool;
  /** PostgreSQL unless it is given. */
  engine?: DatabaseEngine;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
  metrics: Pick<ProcessMetrics, 'messages'>;
  /** Gets the counts of each flush. */
  quota: Pick<MessageQuota, 'record'>;
  leaseSeconds: number;
  /** Delivers from memory what this process commits; `null` where other processes deliver. */
  dispatcher: Dispatcher | null;
}

interface BatchedMessage {
  routed: RoutedMessage;
  /** Whether the dispatcher has reserved memory for its deliveries; otherwise they are fetched by their job. */
  isReserved: boolean;
}

/** Messages that are committed all or none. */
interface Group {
  batch: BatchedMessage[];
  /**
   * Looks at those whose `event_id` is taken, before the others are committed; `client` sees the messages that have it.
   * What it throws rolls the group back.
   */
  checkDuplicates: (client: PoolClient, results: InsertResult[]) => Promise<void>;
}

interface Jobs {
  leased: NewJob[];
  due: NewJob[];
}

type Write = (routedMessages: RoutedMessage[], jobs: Jobs) => Promise<InsertResult[]>;

const MAX_BATCH = 300;
const FLUSHES_IN_FLIGHT = 2;
/** Beside the flushes, so that a single message waits behind no group. */
const GROUPS_IN_FLIGHT = 1;
/**
 * Group commit of messages: all that arrive while a flush is in flight go into the next one, in one transaction and one
 * round trip with the jobs that name their deliveries.
 */
export class Intake {
  readonly #deps: Dependencies;
  readonly #batcher: Batcher<BatchedMessage, InsertResult>;
  readonly #groups: Batcher<Group, InsertResult[]>;
  readonly #shards = new CounterShards(FLUSHES_IN_FLIGHT + GROUPS_IN_FLIGHT);
  /** Of what waits for the database; who adds a group reserves it. */
  readonly room = new Room();

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#batcher = new Batcher({
      flush: (batch) => this.#commit(batch, (...given) => this.#write(...given)),
      maxItems: MAX_BATCH,
      concurrency: FLUSHES_IN_FLIGHT,
      delayMs: 0,
      // A message that PostgreSQL refuses is inserted alone, so that it does not fail the others.
      isolates: isDataError,
      keyOf: ({ routed }) => routed.message.accountId,
    });
    this.#groups = new Batcher({
      flush: (groups) => Promise.all(groups.map((group) => this.#commitGroup(group))),
      maxItems: 1,
      concurrency: GROUPS_IN_FLIGHT,
      delayMs: 0,
      isolates: () => false,
      keyOf: ({ batch }) => batch[0]?.routed.message.accountId ?? '',
    });
  }

  /**
   * Inserts the message with the next flush; resolves after its commit. Throws Unavailable under backpressure and when
   * the database fails, InvalidInput when PostgreSQL cannot store a value.
   */
  async add(routed: RoutedMessage): Promise<InsertResult> {
    const { accountId, data } = routed.message;
    const release = this.room.reserve(accountId, { messages: 1, bytes: data.length });
    try {
      return await this.#insert(routed);
    } catch (error) {
      throw this.#refusalOf(error);
    } finally {
      release();
    }
  }

  /**
   * Inserts messages that were routed by one revision of one app, in a transaction of their own: all or none. Room was
   * reserved for them. Throws what {@link add} and {@link Group.checkDuplicates} throw.
   */
  async addAll(
    routedMessages: RoutedMessage[],
    checkDuplicates: Group['checkDuplicates'],
  ): Promise<InsertResult[]> {
    const batch = await Promise.all(routedMessages.map((routed) => this.#reserve(routed)));
    let results: InsertResult[] = [];
    try {
      results = await this.#groups.add({ batch, checkDuplicates });
      return results;
    } catch (error) {
      throw error instanceof AppError ? error : this.#refusalOf(error);
    } finally {
      for (const [index, one] of batch.entries()) this.#giveBack(one, results[index]);
    }
  }

  #refusalOf(error: unknown): AppError {
    if (isDataError(error)) {
      return new InvalidInput('The message holds a value that cannot be stored.', { cause: error });
    }
    this.#deps.logger.error({ err: error }, 'a message could not be committed');
    return new Unavailable('The message could not be stored just now. Send it again.', {
      retryAfterSeconds: 1,
      cause: error,
    });
  }

  /** Inserts the message, and has it delivered from memory if the memory budget has capacity for it. */
  async #insert(routed: RoutedMessage): Promise<InsertResult> {
    const reserved = await this.#reserve(routed);
    let result: InsertResult | undefined;
    try {
      result = await this.#batcher.add(reserved);
      return result;
    } finally {
      this.#giveBack(reserved, result);
    }
  }

  async #reserve(routed: RoutedMessage): Promise<BatchedMessage> {
    const { dispatcher } = this.#deps;
    const isReserved =
      dispatcher !== null && isDue(routed) && (await dispatcher.reserve(reservationOf(routed)));
    return { routed, isReserved };
  }

  #giveBack({ routed, isReserved }: BatchedMessage, result: InsertResult | undefined): void {
    if (isReserved && result !== 'accepted') this.#deps.dispatcher?.cancelReservation(reservationOf(routed));
  }

  /** Resolves when nothing waits for the database. */
  async drained(): Promise<void> {
    await Promise.all([this.#batcher.drained(), this.#groups.drained()]);
  }

  async #commit(batch: BatchedMessage[], write: Write): Promise<InsertResult[]> {
    const { dispatcher, leaseSeconds, clock, metrics } = this.#deps;
    const routedMessages = batch.map(({ routed }) => routed);
    const direct = batch.flatMap(({ routed, isReserved }) => (isReserved ? [routed] : []));
    const queued = batch.flatMap(({ routed, isReserved }) => (!isReserved && isDue(routed) ? [routed] : []));
    const leasedUntilMs = clock.monotonicNow() + leaseSeconds * 1000;
    const leased = chunksByAccount(direct).map((chunk) => ({
      chunk,
      job: this.#job(chunk, leaseSeconds),
    }));
    const due = chunksByAccount(queued).map((chunk) => this.#job(chunk, 0));

    const results = await write(routedMessages, {
      leased: leased.map(({ job }) => ({ ...job, data: asLease(job.data) })),
      due,
    });

    const accepted = new Set(routedMessages.filter((_, index) => results[index] === 'accepted'));
    for (const result of results) metrics.messages.add(result);
    for (const { chunk, job } of leased) {
      const lease = new Lease({ jobId: job.id, data: job.data, expiresAtMs: leasedUntilMs });
      const deliveries = chunk.filter((routed) => accepted.has(routed)).flatMap(pendingDeliveriesOf);
      dispatcher?.add(lease, deliveries, { areReserved: true });
    }
    return results;
  }

  #job(chunk: RoutedMessage[], startAfterSeconds: number): NewJob {
    const data = { messages: groupByApp(chunk.map(({ message }) => message)) };
    return { id: uuidv7(this.#deps.clock.now()), data, startAfterSeconds };
  }

  async #write(routedMessages: RoutedMessage[], jobs: Jobs): Promise<InsertResult[]> {
    const { clock, pool, quota } = this.#deps;
    const day = dayAt(clock.now());
    return this.#shards.lend(async (shard) => {
      const [{ results, counts }] = await pipelined(pool, [
        this.#inserting(routedMessages, { day, shard }),
        ...this.#enqueueing(routedMessages, jobs),
      ]);
      for (const [accountId, messages] of counts) quota.record(accountId, { day, shard, messages });
      return results;
    });
  }

  #commitGroup({ batch, checkDuplicates }: Group): Promise<InsertResult[]> {
    const { clock, pool, quota } = this.#deps;
    const day = dayAt(clock.now());
    return this.#commit(batch, (routedMessages, jobs) =>
      this.#shards.lend(async (shard) => {
        let inserted: Inserted = { results: [], counts: new Map() };
        const work = async (client: PoolClient) => {
          inserted = await this.#inserting(routedMessages, { day, shard })(client);
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
        const { results, counts } = inserted;
        for (const [accountId, messages] of counts) quota.record(accountId, { day, shard, messages });
        return results;
      }),
    );
  }

  #inserting(routedMessages: RoutedMessage[], count: { day: string; shard: number }): Statement<Inserted> {
    return this.#deps.engine === 'citus'
      ? inSequence((client) => insertMessagesOnCitus(client, routedMessages, count))
      : (client) => insertMessages(client, routedMessages, count);
  }

  #enqueueing(routedMessages: RoutedMessage[], { leased, due }: Jobs): Statement<void>[] {
    const { queue } = this.#deps;
    const jobs = [...leased, ...due];
    const later = this.#jobsOfScheduled(routedMessages);
    return [
      ...(jobs.length > 0 ? [enqueue(queue, 'deliver', jobs)] : []),
      ...(later.length > 0 ? [enqueue(queue, 'retry', later)] : []),
      ...(due.length > 0 ? [wakeWorkers] : []),
    ];
  }

  /** The jobs of messages with `deliver_at`: one each, which comes due then. */
  #jobsOfScheduled(routedMessages: RoutedMessage[]): NewJob[] {
    const nowMs = this.#deps.clock.now();
    return routedMessages.flatMap((routed) => {
      const { deliverAt, endpointIds } = routed.message;
      if (deliverAt === null || endpointIds.length === 0) return [];
      return [this.#job([routed], Math.max(0, (deliverAt.getTime() - nowMs) / 1000))];
    });
  }
}

/** Whether the message has deliveries that are due now. */
function isDue({ message: { deliverAt, endpointIds } }: RoutedMessage): boolean {
  return deliverAt === null && endpointIds.length > 0;
}

const reservationOf = ({ message: { accountId, data, endpointIds } }: RoutedMessage) => ({
  accountId,
  deliveries: endpointIds.length,
  bytes: data.length,
});

function pendingDeliveriesOf({ message }: RoutedMessage): PendingDelivery[] {
  return message.endpointIds.map((endpointId) => ({
    message,
    endpointId,
    attemptsMade: 0,
    dueAt: null,
    trigger: 'automatic',
  }));
}

/** Messages by job: at most {@link MAX_REFS_PER_JOB} each, of one account. */
function chunksByAccount(routedMessages: RoutedMessage[]): RoutedMessage[][] {
  const byAccount = Map.groupBy(routedMessages, ({ message }) => message.accountId);
  return [...byAccount.values()].flatMap((ofAccount) => chunksOf(ofAccount, MAX_REFS_PER_JOB));
}
