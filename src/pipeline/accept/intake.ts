import { isDataError } from '#src/infra/database/data-error.ts';
import { Batcher } from '#src/infra/lib/batcher.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import { AppError, InvalidInput, Unavailable } from '#src/infra/lib/errors.ts';
import { MAX_REFS_PER_JOB } from '#src/infra/queue/jobs.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import type { RoutedMessage, InsertResult } from './routed-message.ts';
import type { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { type CheckDuplicates, FlushWriter, jobOf, type Jobs } from './flush-writer.ts';
import { Room, tooFast } from './room.ts';
import { asLease, Lease } from '#src/domain/deliveries/lease.ts';
import type { PendingDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies extends Omit<ConstructorParameters<typeof FlushWriter>[0], 'flushesInFlight'> {
  logger: Logger;
  metrics: Pick<ProcessMetrics, 'messages'>;
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
  checkDuplicates: CheckDuplicates;
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
  readonly #writer: FlushWriter;
  /** Of what waits for the database; who adds a group reserves it. */
  readonly room = new Room();

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#writer = new FlushWriter({ ...deps, flushesInFlight: FLUSHES_IN_FLIGHT + GROUPS_IN_FLIGHT });
    this.#batcher = new Batcher({
      flush: (batch) => this.#commit(batch, (...given) => this.#writer.write(...given)),
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
    const [first, ...others] = routedMessages;
    if (first === undefined) return [];
    // The first waits for all, because the memory of a group is released only after its commit.
    const batch = [await this.#reserve(first), ...others.map((routed) => this.#reserveNow(routed))];
    let results: InsertResult[] = [];
    try {
      results = await this.#groups.add({ batch, checkDuplicates });
      return results;
    } catch (error) {
      throw this.#refusalOf(error);
    } finally {
      for (const [index, one] of batch.entries()) this.#giveBack(one, results[index]);
    }
  }

  #refusalOf(error: unknown): AppError {
    if (error instanceof AppError) return error;
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
    if (dispatcher === null || !isDue(routed)) return { routed, isReserved: false };
    const admission = await dispatcher.reserve(reservationOf(routed));
    if (admission === 'overload') throw tooFast();
    return { routed, isReserved: admission === 'memory' };
  }

  #reserveNow(routed: RoutedMessage): BatchedMessage {
    const { dispatcher } = this.#deps;
    const isReserved = dispatcher !== null && isDue(routed) && dispatcher.reserveNow(reservationOf(routed));
    return { routed, isReserved };
  }

  #giveBack({ routed, isReserved }: BatchedMessage, result: InsertResult | undefined): void {
    if (isReserved && result !== 'accepted') this.#deps.dispatcher?.cancelReservation(reservationOf(routed));
  }

  /** Resolves when nothing waits for the database. */
  async drained(): Promise<void> {
    await Promise.all([this.#batcher.drained(), this.#groups.drained()]);
  }

  #commitGroup({ batch, checkDuplicates }: Group): Promise<InsertResult[]> {
    return this.#commit(batch, (routedMessages, jobs) =>
      this.#writer.writeAllOrNone(routedMessages, jobs, checkDuplicates),
    );
  }

  async #commit(batch: BatchedMessage[], write: Write): Promise<InsertResult[]> {
    const { dispatcher, leaseSeconds, clock, metrics } = this.#deps;
    const routedMessages = batch.map(({ routed }) => routed);
    const direct = batch.flatMap(({ routed, isReserved }) => (isReserved ? [routed] : []));
    const queued = batch.flatMap(({ routed, isReserved }) => (!isReserved && isDue(routed) ? [routed] : []));
    const nowMs = clock.now();
    const leasedUntilMs = clock.monotonicNow() + leaseSeconds * 1000;
    const leased = chunksByAccount(direct).map((chunk) => ({
      chunk,
      job: jobOf(chunk, { nowMs, startAfterSeconds: leaseSeconds }),
    }));
    const due = chunksByAccount(queued).map((chunk) => jobOf(chunk, { nowMs, startAfterSeconds: 0 }));

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
