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
import { Slots } from '#src/domain/quotas/counter-shards.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { ProcessMetrics } from '#src/infra/telemetry/process-metrics.ts';
import type { Arrival, Verdict } from './routed-message.ts';
import type { Dispatcher } from '#src/pipeline/dispatch/dispatcher.ts';
import { insertMessages } from './insert-messages.ts';
import { groupByApp } from '#src/domain/deliveries/group-by-app.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import type { NewWork } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
  metrics: Pick<ProcessMetrics, 'messages'>;
  /** Is told what was counted. */
  quota: Pick<MessageQuota, 'record'>;
  leaseSeconds: number;
  /** Delivers from memory what this process commits; null where another process is to do it. */
  dispatcher: Dispatcher | null;
}

/** What waits for the database. */
interface Waiting {
  messages: number;
  bytes: number;
}

const NOTHING: Waiting = { messages: 0, bytes: 0 };
const sum = (one: Waiting, other: Waiting): Waiting => ({
  messages: one.messages + other.messages,
  bytes: one.bytes + other.bytes,
});

interface Placed {
  arrival: Arrival;
  /** Sent from memory, where it has its place; otherwise by whoever takes its job. */
  isDirect: boolean;
}

const MAX_BATCH = 300;
const FLUSHES_IN_FLIGHT = 2;
/**
 * Beyond this many messages that wait for the database, it is not keeping up: say so before memory grows. An account may
 * have half of the places that the others leave, so that one that sends too much does not have the others refused.
 */
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * Group commit of messages: all that arrive while a flush is under way go into the next one, in one transaction and one
 * round trip with the job that stands for their work.
 */
export class Intake {
  readonly #deps: Dependencies;
  readonly #batcher: Batcher<Placed, Verdict>;
  readonly #slots = new Slots(FLUSHES_IN_FLIGHT);
  #waiting = NOTHING;
  readonly #waitingOf = new Map<string, Waiting>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#batcher = new Batcher({
      flush: (arrivals) => this.#commit(arrivals),
      maxItems: MAX_BATCH,
      concurrency: FLUSHES_IN_FLIGHT,
      delayMs: 0,
      // One message that PostgreSQL cannot store must not take its neighbours down with it.
      isolates: isDataError,
      lineOf: ({ arrival }) => arrival.message.accountId,
    });
  }

  /** Throws Unavailable when there is no room for `more` messages of the account now. */
  expect(accountId: string, more: number): void {
    const own = this.#waitingOf.get(accountId) ?? NOTHING;
    const isRoom =
      own.messages + more <= (MAX_WAITING - (this.#waiting.messages - own.messages)) / 2 &&
      own.bytes <= (MAX_WAITING_BYTES - (this.#waiting.bytes - own.bytes)) / 2;
    if (isRoom) return;
    throw new Unavailable('We are taking messages as fast as we can. Try again in a second.', {
      retryAfterSeconds: 1,
    });
  }

  async add(arrival: Arrival): Promise<Verdict> {
    const { accountId, body } = arrival.message;
    this.expect(accountId, 1);
    const own = { messages: 1, bytes: body.length };
    this.#count(accountId, own);
    try {
      return await this.#place(arrival);
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

  #count(accountId: string, by: Waiting): void {
    const own = sum(this.#waitingOf.get(accountId) ?? NOTHING, by);
    this.#waiting = sum(this.#waiting, by);
    if (own.messages === 0) this.#waitingOf.delete(accountId);
    else this.#waitingOf.set(accountId, own);
  }

  /** Writes the message, to be sent from memory if there is room for it. */
  async #place(arrival: Arrival): Promise<Verdict> {
    const { dispatcher } = this.#deps;
    const { accountId, body, endpointIds } = arrival.message;
    const claim = { accountId, deliveries: endpointIds.length, bytes: body.length };
    const isDirect = dispatcher !== null && isDue(arrival) && (await dispatcher.claim(claim));
    let verdict: Verdict | undefined;
    try {
      verdict = await this.#batcher.add({ arrival, isDirect });
      return verdict;
    } finally {
      if (isDirect && verdict !== 'accepted') dispatcher.disclaim(claim);
    }
  }

  async drained(): Promise<void> {
    return this.#batcher.drained();
  }

  async #commit(placed: Placed[]): Promise<Verdict[]> {
    const { dispatcher, leaseSeconds, clock, metrics } = this.#deps;
    const arrivals = placed.map(({ arrival }) => arrival);
    const direct = placed.flatMap(({ arrival, isDirect }) => (isDirect ? [arrival] : []));
    const queued = placed.flatMap(({ arrival, isDirect }) => (!isDirect && isDue(arrival) ? [arrival] : []));
    const leasedUntilMs = clock.monotonicNow() + leaseSeconds * 1000;
    const leased = chunksByAccount(direct).map((chunk) => ({
      chunk,
      job: this.#job(chunk, leaseSeconds),
    }));
    const due = chunksByAccount(queued).map((chunk) => this.#job(chunk, 0));

    const verdicts = await this.#write(arrivals, { leased: leased.map(({ job }) => job), due });

    const accepted = new Set(arrivals.filter((_, index) => verdicts[index] === 'accepted'));
    for (const verdict of verdicts) metrics.messages.add(verdict);
    for (const { chunk, job } of leased) {
      const lease = new Lease({ jobId: job.id, data: job.data, expiresAtMs: leasedUntilMs });
      const works = chunk.filter((arrival) => accepted.has(arrival)).flatMap(worksOf);
      dispatcher?.add(lease, works, { areClaimed: true });
    }
    return verdicts;
  }

  #job(chunk: Arrival[], startAfterSeconds: number): NewJob {
    const data = { messages: groupByApp(chunk.map(({ message }) => message)) };
    return { id: uuidv7(this.#deps.clock.now()), data, startAfterSeconds };
  }

  async #write(
    arrivals: Arrival[],
    { leased, due }: { leased: NewJob[]; due: NewJob[] },
  ): Promise<Verdict[]> {
    const { clock, pool, queue, quota } = this.#deps;
    const jobs = [...leased, ...due];
    const later = this.#jobsOfScheduled(arrivals);
    const day = dayAt(clock.now());
    return this.#slots.lend(async (slot) => {
      const [{ verdicts, counts }] = await pipelined(pool, [
        (client) => insertMessages(client, arrivals, { day, slot }),
        ...(jobs.length > 0 ? [enqueue(queue, 'deliver', jobs)] : []),
        ...(later.length > 0 ? [enqueue(queue, 'retry', later)] : []),
        ...(due.length > 0 ? [wakeWorkers] : []),
      ]);
      for (const [accountId, messages] of counts) quota.record(accountId, { day, slot, messages });
      return verdicts;
    });
  }

  /** A message that is to go out later has a job of its own, which comes due then. */
  #jobsOfScheduled(arrivals: Arrival[]): NewJob[] {
    const nowMs = this.#deps.clock.now();
    return arrivals.flatMap((arrival) => {
      const { deliverAt, endpointIds } = arrival.message;
      if (deliverAt === null || endpointIds.length === 0) return [];
      return [this.#job([arrival], Math.max(0, (deliverAt.getTime() - nowMs) / 1000))];
    });
  }
}

/** Whether it goes somewhere, and not later. */
function isDue({ message: { deliverAt, endpointIds } }: Arrival): boolean {
  return deliverAt === null && endpointIds.length > 0;
}

function worksOf({ message }: Arrival): NewWork[] {
  return message.endpointIds.map((endpointId) => ({
    message,
    endpointId,
    attemptsMade: 0,
    dueAt: null,
    trigger: 'automatic',
  }));
}

/** What becomes a job each: at most a hundred messages, of one account. */
function chunksByAccount(arrivals: Arrival[]): Arrival[][] {
  const byAccount = Map.groupBy(arrivals, ({ message }) => message.accountId);
  return [...byAccount.values()].flatMap((ofAccount) => chunksOf(ofAccount, MAX_REFS_PER_JOB));
}
