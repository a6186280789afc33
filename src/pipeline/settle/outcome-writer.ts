import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isDataError, isWithoutPartition } from '#src/infra/database/data-error.ts';
import { pipelined, type Statement } from '#src/infra/database/pipelined.ts';
import { Batcher } from '#src/infra/lib/batcher.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { NewJob } from '#src/infra/queue/jobs.ts';
import { enqueue } from '#src/infra/queue/statements.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { changeEndpointHealth } from './endpoint-health.ts';
import type { Lease } from '#src/domain/deliveries/lease.ts';
import { applyOutcomes } from '#src/domain/deliveries/transitions/apply-outcomes.ts';
import { recordAttempts } from './record-attempts.ts';
import { withoutWritten } from './already-written.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import type { PendingDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
}

/** An outcome to write; or one that was written under an earlier lease of its delivery; or a lease that covers nothing. */
type Item = { outcome: DeliveryOutcome; isRepeated: boolean } | { settled: Lease } | { spent: Lease };

const MAX_BATCH = 500;
const BATCH_DELAY_MS = 5;
const RETRY_MS = 500;
const GIVE_UP_MS = 5000;

/**
 * Writes down what became of deliveries: attempts, delivery states, retry jobs and finished leases of a batch commit
 * together. A batch that fails is tried again until it is written: until then its leases hold.
 */
export class OutcomeWriter {
  readonly #deps: Dependencies;
  readonly #batcher: Batcher<Item, undefined>;
  /** What is not written yet, by {@link deliveryVersionKey} if it was sent; resolves to whether it was. */
  readonly #unwritten = new Map<string, Promise<boolean>>();
  /** How many read what is owed just now, and what was written since the first of them began. */
  #readers = 0;
  #writtenMeanwhile: (() => void)[] = [];
  #givesUpAtMs = Infinity;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#batcher = new Batcher({
      flush: (items) => this.#flush(items),
      maxItems: MAX_BATCH,
      // One at a time: so a lease that this batch completes is known to have nothing unsettled in another.
      concurrency: 1,
      delayMs: BATCH_DELAY_MS,
      // One outcome that PostgreSQL cannot store must not hold up its neighbours.
      isolates: isRefused,
    });
  }

  /** Resolves when it is committed, or when we stop and cannot wait for that any longer; never rejects. */
  async write(outcome: DeliveryOutcome): Promise<void> {
    // What was not sent is nothing to know: whoever has it next may send it.
    const taking = outcome.wasSent ? deliveryVersionKey(outcome.delivery) : outcome.id;
    const writing = this.#writeAtLast(outcome);
    // A process that stood still may have sent one taking twice: it is known until both are written.
    const all = Promise.all([this.#unwritten.get(taking) ?? true, writing]).then(
      (are) => !are.includes(false),
    );
    this.#unwritten.set(taking, all);
    await writing;
    const forget = () => {
      if (this.#unwritten.get(taking) === all) this.#unwritten.delete(taking);
    };
    // Before that nobody finds its job.
    const isOver = this.#deps.clock.monotonicNow() >= outcome.delivery.lease.expiresAtMs;
    if (isOver && this.#readers > 0) this.#writtenMeanwhile.push(forget);
    else forget();
  }

  /** Until `read` is done, what it may find owed stays known, although its outcome is written meanwhile. */
  async rememberingWhile(read: () => Promise<void>): Promise<void> {
    this.#readers += 1;
    try {
      await read();
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) for (const forget of this.#writtenMeanwhile.splice(0)) forget();
    }
  }

  /** Whether this process knows what became of `work`, and could not write it before the lease that it had was over. */
  isKnown(delivery: PendingDelivery): boolean {
    return this.#unwritten.has(deliveryVersionKey(delivery));
  }

  /** Settles a later lease on `work` once its known outcome is written; resolves then, or when we stop. Never rejects. */
  async completeKnown(delivery: PendingDelivery, lease: Lease): Promise<void> {
    if ((await this.#unwritten.get(deliveryVersionKey(delivery))) === false) return;
    // Failing that, its job comes due once more, with nothing left to do.
    await this.#batcher.add({ settled: lease }).catch(() => {
      lease.complete(1);
    });
  }

  /** Deletes the job of a lease that turned out to cover nothing; if that fails, it is found due and empty again. */
  endLease(lease: Lease): void {
    this.#batcher.add({ spent: lease }).catch((error: unknown) => {
      this.#deps.logger.warn({ err: error }, 'a finished job could not be deleted; it will be found empty');
    });
  }

  /** Resolves when all is written. What cannot be in a few seconds is left to its lease. */
  async stop(): Promise<void> {
    this.#givesUpAtMs = this.#deps.clock.monotonicNow() + GIVE_UP_MS;
    await Promise.all(this.#unwritten.values());
    await this.#batcher.drained();
  }

  async #writeAtLast(outcome: DeliveryOutcome): Promise<boolean> {
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
    const known = items.flatMap((item) => ('settled' in item ? [item.settled] : []));
    const settledByLease = countLeases([...outcomes.map(({ outcome }) => outcome.delivery.lease), ...known]);
    const finished = [...settledByLease].flatMap(([lease, count]) =>
      lease.outstanding === count ? [lease] : [],
    );
    const spent = items.flatMap((item) => ('spent' in item ? [item.spent] : []));
    await this.#write(
      await this.#notWritten(outcomes),
      [...finished, ...spent].map(({ jobId }) => jobId),
    );
    for (const [lease, count] of settledByLease) lease.complete(count);
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
    const { clock, queue, pool } = this.#deps;
    const attempts = outcomes.flatMap(({ attempt }) => (attempt === null ? [] : [attempt]));
    const moves = outcomes.filter((outcome) => !this.#isToldByItsAttempt(outcome));
    const retries = outcomes.flatMap(retryJob);
    const statements: Statement<unknown>[] = [];
    if (attempts.length > 0) statements.push((client) => recordAttempts(client, attempts));
    if (moves.length > 0) statements.push((client) => applyOutcomes(client, queue, moves));
    if (retries.length > 0) statements.push(enqueue(queue, 'retry', retries));
    if (finishedJobIds.length > 0)
      statements.push((client) => queue.delete('deliver', finishedJobIds, client));
    statements.push(...changeEndpointHealth(outcomes, new Date(clock.now())));
    if (statements.length > 0) await pipelined(pool, statements);
  }

  /**
   * A delivery that succeeds at its first attempt needs no row: its attempt says so, and nobody else has touched it while
   * our lease holds.
   */
  #isToldByItsAttempt({ attempt, state, delivery }: DeliveryOutcome): boolean {
    const isOurs = delivery.dueAt === null && this.#deps.clock.monotonicNow() < delivery.lease.expiresAtMs;
    return attempt !== null && state === 'delivered' && isOurs;
  }
}

/** The job of the next attempt. Its id belongs to the settlement: written again, it is the same job. */
function retryJob({
  id,
  delivery,
  wasSent,
  retryInSeconds,
  attemptsMade,
  nextAttemptAt,
}: DeliveryOutcome): NewJob[] {
  if (retryInSeconds === null || nextAttemptAt === null) return [];
  const { accountId, appId, id: messageId } = delivery.message;
  const { endpointId, missedAs } = delivery;
  const dueAt = nextAttemptAt.toISOString();
  const ref = {
    accountId,
    appId,
    messageId,
    endpointId,
    attemptsMade,
    dueAt,
    // What was put off is still asked for by whoever asked; what follows a failure is the schedule's.
    trigger: !wasSent && delivery.trigger !== 'test' ? delivery.trigger : ('automatic' as const),
    missedAs,
  };
  return [{ id, data: { deliveries: [ref] }, startAfterSeconds: retryInSeconds }];
}

/** Whether writing the same again would fail again: of a clock that went far ahead, there is no partition for the attempt. */
const isRefused = (error: unknown) => isDataError(error) || isWithoutPartition(error);

/** What can still be written when PostgreSQL refuses a value: first without what the receiver wrote, then without the attempt. */
function reduced(outcome: DeliveryOutcome): DeliveryOutcome {
  const { attempt } = outcome;
  if (attempt === null) return outcome;
  if (attempt.responseBody === null) return { ...outcome, attempt: null };
  return { ...outcome, attempt: { ...attempt, responseHeaders: null, responseBody: null } };
}

/** The delivery, as it was when it was taken: what was put off, replayed or tried again since is another taking. */
function deliveryVersionKey({ message, endpointId, dueAt }: PendingDelivery): string {
  return `${message.id}/${endpointId}/${dueAt ?? ''}`;
}

function countLeases(leases: Lease[]): Map<Lease, number> {
  const counts = new Map<Lease, number>();
  for (const lease of leases) counts.set(lease, (counts.get(lease) ?? 0) + 1);
  return counts;
}
