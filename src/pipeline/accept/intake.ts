import type { Pool } from 'pg';
import { isDataError } from '#src/infra/database/data-error.ts';
import { pipelined } from '#src/infra/database/pipelined.ts';
import { Batcher } from '#src/infra/lib/batcher.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { InvalidInput, Unavailable } from '#src/infra/lib/errors.ts';
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
import { insertMessages } from './insert-messages.ts';
import { groupByApp } from '#src/domain/deliveries/group-by-app.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import type { PendingDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  pool: Pool;
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

/** How much waits for the database. */
interface PendingLoad {
  messages: number;
  bytes: number;
}

const NOTHING: PendingLoad = { messages: 0, bytes: 0 };
const sum = (one: PendingLoad, other: PendingLoad): PendingLoad => ({
  messages: one.messages + other.messages,
  bytes: one.bytes + other.bytes,
});

interface BatchedMessage {
  routed: RoutedMessage;
  /** Whether the dispatcher has reserved memory for its deliveries; otherwise they are fetched by their job. */
  isReserved: boolean;
}

const MAX_BATCH = 300;
const FLUSHES_IN_FLIGHT = 2;
/**
 * Backpressure: when so much waits for the database, further messages are refused, before memory grows. An account may
 * have half of what the others leave, so that one that sends too much does not have the others refused.
 */
const MAX_PENDING = 10_000;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/**
 * Group commit of messages: all that arrive while a flush is in flight go into the next one, in one transaction and one
 * round trip with the jobs that name their deliveries.
 */
export class Intake {
  readonly #deps: Dependencies;
  readonly #batcher: Batcher<BatchedMessage, InsertResult>;
  readonly #shards = new CounterShards(FLUSHES_IN_FLIGHT);
  #waiting = NOTHING;
  readonly #waitingOf = new Map<string, PendingLoad>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#batcher = new Batcher({
      flush: (batch) => this.#commit(batch),
      maxItems: MAX_BATCH,
      concurrency: FLUSHES_IN_FLIGHT,
      delayMs: 0,
      // A message that PostgreSQL refuses is inserted alone, so that it does not fail the others.
      isolates: isDataError,
      keyOf: ({ routed }) => routed.message.accountId,
    });
  }

  /** Throws Unavailable when too much waits for the database to accept `more` messages of the account. */
  requireCapacity(accountId: string, more: number): void {
    const own = this.#waitingOf.get(accountId) ?? NOTHING;
    const hasCapacity =
      own.messages + more <= (MAX_PENDING - (this.#waiting.messages - own.messages)) / 2 &&
      own.bytes <= (MAX_PENDING_BYTES - (this.#waiting.bytes - own.bytes)) / 2;
    if (hasCapacity) return;
    throw new Unavailable('We are taking messages as fast as we can. Try again in a second.', {
      retryAfterSeconds: 1,
    });
  }

  /**
   * Inserts the message with the next flush; resolves after its commit. Throws Unavailable under backpressure and when
   * the database fails, InvalidInput when PostgreSQL cannot store a value.
   */
  async add(routed: RoutedMessage): Promise<InsertResult> {
    const { accountId, data } = routed.message;
    this.requireCapacity(accountId, 1);
    const own = { messages: 1, bytes: data.length };
    this.#count(accountId, own);
    try {
      return await this.#insert(routed);
    } catch (error) {
      if (isDataError(error)) {
        throw new InvalidInput('The message holds a value that cannot be stored.', { cause: error });
      }
      this.#deps.logger.error({ err: error }, 'a message could not be committed');
      throw new Unavailable('The message could not be stored just now. Send it again.', {
        retryAfterSeconds: 1,
        cause: error,
      });
    } finally {
      this.#count(accountId, { messages: -own.messages, bytes: -own.bytes });
    }
  }

  #count(accountId: string, by: PendingLoad): void {
    const own = sum(this.#waitingOf.get(accountId) ?? NOTHING, by);
    this.#waiting = sum(this.#waiting, by);
    if (own.messages === 0) this.#waitingOf.delete(accountId);
    else this.#waitingOf.set(accountId, own);
  }

  /** Inserts the message, and has it delivered from memory if the memory budget has capacity for it. */
  async #insert(routed: RoutedMessage): Promise<InsertResult> {
    const { dispatcher } = this.#deps;
    const { accountId, data, endpointIds } = routed.message;
    const reservation = { accountId, deliveries: endpointIds.length, bytes: data.length };
    const isReserved = dispatcher !== null && isDue(routed) && (await dispatcher.reserve(reservation));
    let result: InsertResult | undefined;
    try {
      result = await this.#batcher.add({ routed, isReserved });
      return result;
    } finally {
      if (isReserved && result !== 'accepted') dispatcher.cancelReservation(reservation);
    }
  }

  /** Resolves when nothing waits for the database. */
  async drained(): Promise<void> {
    return this.#batcher.drained();
  }

  async #commit(batch: BatchedMessage[]): Promise<InsertResult[]> {
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

    const results = await this.#write(routedMessages, { leased: leased.map(({ job }) => job), due });

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

  async #write(
    routedMessages: RoutedMessage[],
    { leased, due }: { leased: NewJob[]; due: NewJob[] },
  ): Promise<InsertResult[]> {
    const { clock, pool, queue, quota } = this.#deps;
    const jobs = [...leased, ...due];
    const later = this.#jobsOfScheduled(routedMessages);
    const day = dayAt(clock.now());
    return this.#shards.lend(async (shard) => {
      const [{ results, counts }] = await pipelined(pool, [
        (client) => insertMessages(client, routedMessages, { day, shard }),
        ...(jobs.length > 0 ? [enqueue(queue, 'deliver', jobs)] : []),
        ...(later.length > 0 ? [enqueue(queue, 'retry', later)] : []),
        ...(due.length > 0 ? [wakeWorkers] : []),
      ]);
      for (const [accountId, messages] of counts) quota.record(accountId, { day, shard, messages });
      return results;
    });
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
