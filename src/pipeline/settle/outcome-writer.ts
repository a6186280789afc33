import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import { isDataError, isWithoutPartition } from '#src/infra/database/data-error.ts';
import { pipelined } from '#src/infra/database/pipelined.ts';
import { engineOf } from '#src/infra/database/two-phase.ts';
import { Batcher } from '#src/infra/lib/batcher.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { Lease } from '#src/domain/deliveries/lease.ts';
import { withoutWritten } from './already-written.ts';
import { settlingStatements } from './settling-statements.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import type { PendingDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  announcements: Announcements;
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
}

/**
 * What a flush writes: an outcome, `isRepeated` when a write of it failed before; a lease on a delivery whose outcome
 * was written under an earlier lease (`completed`); or a lease that covers nothing (`empty`).
 */
type Item = { outcome: DeliveryOutcome; isRepeated: boolean } | { completed: Lease } | { empty: Lease };

const MAX_BATCH = 500;
const BATCH_DELAY_MS = 2;
const RETRY_MS = 500;
const GIVE_UP_MS = 5000;
/** Of the counts by app: processes that have the same wait for each other, and count correctly. */
const SHARDS = 1000;

/**
 * Writes the outcomes of deliveries. Attempts, delivery states, retry jobs and finished leases of a batch commit
 * together. A batch that fails is written again until it is committed, because until then its leases hold.
 */
export class OutcomeWriter {
  /** Names this process in what it tells the others. */
  readonly id = randomUUID();
  readonly #shard = randomInt(SHARDS);
  readonly #deps: Dependencies;
  readonly #batcher: Batcher<Item, undefined>;
  /**
   * Outcomes that are not written yet, by {@link deliveryVersionKey} if the delivery was sent; resolve to whether they
   * were.
   */
  readonly #unwritten = new Map<string, Promise<boolean>>();
  /** How many are reading outstanding deliveries, and which outcomes were written since the first of them began. */
  #readers = 0;
  #writtenMeanwhile: (() => void)[] = [];
  #givesUpAtMs = Infinity;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#batcher = new Batcher({
      flush: (items) => this.#flush(items),
      maxItems: MAX_BATCH,
      // One at a time, so that a lease that a batch completes has no outcome in another batch.
      concurrency: 1,
      delayMs: BATCH_DELAY_MS,
      // An outcome that PostgreSQL refuses is written alone, so that it does not hold up the others.
      isolates: isRefused,
    });
  }

  /** Resolves when the outcome is committed, or when the process stops and its patience is over. Never rejects. */
  async write(outcome: DeliveryOutcome): Promise<void> {
    // A delivery that was not sent need not be remembered, because the next process may send it.
    const key = outcome.wasSent ? deliveryVersionKey(outcome.delivery) : outcome.id;
    const writing = this.#writeUntilDone(outcome);
    // A process that stood still may have sent a delivery twice: it is remembered until both outcomes are written.
    const earlier = this.#unwritten.get(key);
    const all =
      earlier === undefined ? writing : Promise.all([earlier, writing]).then((are) => !are.includes(false));
    this.#unwritten.set(key, all);
    if (!(await writing) && outcome.wasSent) outcome.delivery.lease.leaveUnwritten();
    const forget = () => {
      if (this.#unwritten.get(key) === all) this.#unwritten.delete(key);
    };
    // A job comes due only when its lease is over, so until then no reader can find the delivery.
    const isOver = this.#deps.clock.monotonicNow() >= outcome.delivery.lease.expiresAtMs;
    if (isOver && this.#readers > 0) this.#writtenMeanwhile.push(forget);
    else forget();
  }

  /** Keeps outcomes known until `read` is done, because it may have read their deliveries before they were written. */
  async rememberingWhile(read: () => Promise<void>): Promise<void> {
    this.#readers += 1;
    try {
      await read();
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) for (const forget of this.#writtenMeanwhile.splice(0)) forget();
    }
  }

  /** Whether this process has an outcome of the delivery that it could not write before the lease was over. */
  isKnown(delivery: PendingDelivery): boolean {
    return this.#unwritten.has(deliveryVersionKey(delivery));
  }

  /**
   * Completes a later lease on the delivery once its known outcome is written. Resolves then, or when the process gives
   * up, which leaves the lease open. Never rejects.
   */
  async completeKnown(delivery: PendingDelivery, lease: Lease): Promise<void> {
    if ((await this.#unwritten.get(deliveryVersionKey(delivery))) === false) return;
    // If this fails the job comes due once more, and has nothing left to do.
    await this.#batcher.add({ completed: lease }).catch(() => {
      lease.complete(1);
    });
  }

  /** Deletes the job of a lease that covers nothing. If this fails the job comes due again, and is empty again. */
  endLease(lease: Lease): void {
    this.#batcher.add({ empty: lease }).catch((error: unknown) => {
      this.#deps.logger.warn({ err: error }, 'an empty job could not be deleted; it comes due once more');
    });
  }

  /**
   * Resolves when all outcomes are written. One that cannot be written within {@link GIVE_UP_MS} is left to its lease.
   */
  async stop(): Promise<void> {
    this.#givesUpAtMs = this.#deps.clock.monotonicNow() + GIVE_UP_MS;
    await Promise.all(this.#unwritten.values());
    await this.#batcher.drained();
  }

  async #writeUntilDone(outcome: DeliveryOutcome): Promise<boolean> {
    let item = { outcome, isRepeated: false };
    while (this.#deps.clock.monotonicNow() < this.#givesUpAtMs) {
      try {
        await this.#batcher.add(item);
        return true;
      } catch (error) {
        this.#deps.logger.error({ err: error }, 'an outcome could not be written; trying again');
        item = {
          outcome: isRefused(error) ? reduced(item.outcome) : item.outcome,
          isRepeated: true,
        };
        await delay(RETRY_MS);
      }
    }
    return false;
  }

  async #flush(items: Item[]): Promise<undefined[]> {
    const outcomes = items.filter((item) => 'outcome' in item);
    const known = items.flatMap((item) => ('completed' in item ? [item.completed] : []));
    const completedByLease = countLeases([
      ...outcomes.map(({ outcome }) => outcome.delivery.lease),
      ...known,
    ]);
    const finished = [...completedByLease].flatMap(([lease, count]) =>
      lease.outstanding === count ? [lease] : [],
    );
    const empty = items.flatMap((item) => ('empty' in item ? [item.empty] : []));
    await this.#write(
      await this.#notWritten(outcomes),
      [...finished, ...empty].map(({ jobId }) => jobId),
    );
    for (const [lease, count] of completedByLease) lease.complete(count);
    return items.map(() => undefined);
  }

  async #notWritten(
    outcomes: { outcome: DeliveryOutcome; isRepeated: boolean }[],
  ): Promise<DeliveryOutcome[]> {
    const { first = [], repeated = [] } = Object.groupBy(outcomes, ({ isRepeated }) =>
      isRepeated ? 'repeated' : 'first',
    );
    const certain = first.map(({ outcome }) => outcome);
    if (repeated.length === 0) return certain;
    const unsure = repeated.map(({ outcome }) => outcome);
    return [...certain, ...(await withoutWritten(this.#deps.pool, unsure))];
  }

  async #write(outcomes: DeliveryOutcome[], finishedJobIds: string[]): Promise<void> {
    const { announcements, clock, queue, pool } = this.#deps;
    const statements = settlingStatements(
      { queue, engine: engineOf(pool), announcements },
      {
        outcomes,
        moves: outcomes.filter((outcome) => !this.#needsNoRow(outcome)),
        finishedJobIds,
        now: new Date(clock.now()),
        by: this.id,
        shard: this.#shard,
      },
    );
    if (statements.length > 0) await pipelined(pool, statements);
  }

  /**
   * Whether the delivery needs no row: it succeeded at its first attempt, which the attempt says, and no other process
   * touched it, because the lease holds.
   */
  #needsNoRow({ attempt, state, delivery }: DeliveryOutcome): boolean {
    const isOurs = delivery.dueAt === null && this.#deps.clock.monotonicNow() < delivery.lease.expiresAtMs;
    return attempt !== null && state === 'delivered' && isOurs;
  }
}

/** Whether PostgreSQL would refuse the same again: a value, or an attempt of a time that has no partition. */
const isRefused = (error: unknown) => isDataError(error) || isWithoutPartition(error);

/**
 * The outcome with less of what PostgreSQL may refuse: first without the receiver's answer, then without the attempt.
 */
function reduced(outcome: DeliveryOutcome): DeliveryOutcome {
  const { attempt } = outcome;
  if (attempt === null) return outcome;
  if (attempt.responseBody === null) return { ...outcome, attempt: null };
  return { ...outcome, attempt: { ...attempt, responseHeaders: null, responseBody: null } };
}

/** Names a delivery as it was when it was leased: one that was snoozed, replayed or retried since has another key. */
function deliveryVersionKey({ message, endpointId, dueAt }: PendingDelivery): string {
  return `${message.id}/${endpointId}/${dueAt ?? ''}`;
}

function countLeases(leases: Lease[]): Map<Lease, number> {
  const counts = new Map<Lease, number>();
  for (const lease of leases) counts.set(lease, (counts.get(lease) ?? 0) + 1);
  return counts;
}
