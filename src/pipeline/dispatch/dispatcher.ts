import type { Clock } from '#src/infra/lib/clock.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { type Reservation, Reservations } from './reservations.ts';
import { EndpointLane, type QueuedDelivery, type ResponseSignal } from './endpoint-lane.ts';
import type { Lease } from '#src/domain/deliveries/lease.ts';
import { MemoryBudget } from './memory-budget.ts';
import type { Sender } from '#src/pipeline/send/sender.ts';
import type { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { type DeliveryOutcome, notAttempted } from '#src/domain/deliveries/delivery-outcome.ts';
import { FairScheduler } from './fair-scheduler.ts';
import type { PendingDelivery, LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  sender: Sender;
  outcomeWriter: OutcomeWriter;
  clock: Clock;
  logger: Logger;
  timeoutMs: number;
  leaseSeconds: number;
}

const MAX_IN_FLIGHT = 1024;
/** Beyond this, new work stays in the queue: memory is bounded whatever arrives. */
const MAX_PENDING = 16_000;
const MAX_PENDING_BYTES = 32 * 1024 * 1024;
const MAINTENANCE_MS = 250;
/** For how long what we could not attempt is left alone. */
const RETRY_UNATTEMPTED_SECONDS = 5;
const MAX_LEASE_MARGIN_MS = 500;

/**
 * Sends what this process holds a lease on: through a window per endpoint, so that a slow receiver takes only its own
 * share, and accounts in turn, so that one account's slow receivers take only that account's.
 */
export class Dispatcher {
  readonly #deps: Dependencies;
  /** Nothing is sent later than this before its lease ends: it could still be under way then. */
  readonly #reserveMs: number;
  readonly #scheduler = new FairScheduler({ maxInFlight: MAX_IN_FLIGHT });
  readonly #budget = new MemoryBudget({ deliveries: MAX_PENDING, bytes: MAX_PENDING_BYTES });
  readonly #reservations = new Reservations(this.#budget);
  readonly #lanes = new Map<string, EndpointLane>();
  readonly #leases = new Set<Lease>();
  readonly #maintenance: NodeJS.Timeout;
  #isStopping = false;
  #onIdle: (() => void)[] = [];
  #onCapacityListener: () => void = () => undefined;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    const { leaseSeconds, timeoutMs } = deps;
    this.#reserveMs = timeoutMs + Math.min(MAX_LEASE_MARGIN_MS, (leaseSeconds * 1000 - timeoutMs) / 2);
    this.#maintenance = setInterval(() => {
      this.#maintain();
    }, MAINTENANCE_MS).unref();
  }

  /** Whether a message that is being accepted may be sent from memory; then its place is kept until it is added. */
  async reserve(reservation: Reservation): Promise<boolean> {
    return !this.#isStopping && (await this.#reservations.reserve(reservation));
  }

  /** Gives a place back: the message was not accepted after all. */
  cancelReservation({ accountId, deliveries, bytes }: Reservation): void {
    this.#release(accountId, bytes, deliveries);
  }

  /** Whether more is to be collected from the queues. */
  hasCapacity(): boolean {
    return !this.#isStopping && !this.#budget.isFull;
  }

  /** The accounts of which nothing is to be collected now that may bring `more` deliveries. */
  accountsOverShare(more: number): string[] {
    return this.#budget.accountsOverShare(more);
  }

  /** What is in memory, and how much of it is being sent. */
  get load(): { inFlight: number; pending: number } {
    return { inFlight: this.#scheduler.inFlight, pending: this.#budget.deliveries };
  }

  /** Calls `listener` when there is room again after there was none, for all or for an account that was passed over. */
  onCapacity(listener: () => void): void {
    this.#onCapacityListener = listener;
  }

  /** Takes over deliveries that `lease` covers. It is settled with the last of them; at once when there are none. */
  add(lease: Lease, deliveries: PendingDelivery[], { areClaimed = false } = {}): void {
    if (deliveries.length === 0) {
      this.#deps.outcomeWriter.endLease(lease);
      return;
    }
    lease.cover(deliveries.length);
    this.#leases.add(lease);
    const counts = countByMessage(deliveries);
    for (const delivery of deliveries) {
      if (this.#deps.outcomeWriter.isKnown(delivery)) {
        void this.#settleKnown(delivery, lease);
        continue;
      }
      const bytes = delivery.message.body.length / (counts.get(delivery.message.id) ?? 1);
      if (!areClaimed) this.#budget.take(delivery.message.accountId, bytes);
      this.#enqueue({ ...delivery, lease, bytes, startedAtMs: 0, isHalfOpenTrial: false });
    }
    this.#pump();
  }

  /** Takes over what `load` finds still owed of a job that came due. */
  async addDue(lease: Lease, load: () => Promise<PendingDelivery[]>): Promise<void> {
    await this.#deps.outcomeWriter.rememberingWhile(async () => {
      this.add(lease, await load());
    });
  }

  /** Starts nothing more; resolves when what is under way is settled. The leases that are left are to be handed back. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#maintenance);
    if (this.#scheduler.inFlight > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** The leases that are not settled, but for those that are over: others may have them. Meaningful after {@link stop}. */
  openLeases(): Lease[] {
    return [...this.#leases].filter((lease) => !this.#isOver(lease));
  }

  #enqueue(delivery: QueuedDelivery): void {
    const { endpointId, message } = delivery;
    const { accountId } = message;
    let lane = this.#lanes.get(endpointId);
    if (lane === undefined) {
      lane = new EndpointLane({ endpointId, accountId }, this.#deps.clock);
      this.#lanes.set(endpointId, lane);
    }
    lane.push(delivery);
    this.#scheduler.schedule(lane);
  }

  #pump(): void {
    while (!this.#isStopping) {
      const lane = this.#scheduler.next();
      if (lane === undefined) return;
      const delivery = lane.take();
      if (delivery === undefined) this.#scheduler.release(lane, lane.isCircuitOpen);
      else void this.#run(lane, delivery);
      this.#scheduler.schedule(lane);
    }
  }

  async #run(lane: EndpointLane, delivery: QueuedDelivery): Promise<void> {
    const outcome = await this.#attempt(delivery);
    lane.done(delivery, responseSignalOf(outcome));
    this.#scheduler.release(lane, delivery.isHalfOpenTrial);
    this.#scheduler.schedule(lane);
    const settling = this.#settle(outcome);
    this.#pump();
    await settling;
    if (this.#isStopping && this.#scheduler.inFlight === 0)
      for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #attempt(delivery: LeasedDelivery): Promise<DeliveryOutcome> {
    if (this.#isEnding(delivery.lease)) return this.#snooze(delivery, 0);
    try {
      return await this.#deps.sender.send(delivery, () => this.#isEnding(delivery.lease));
    } catch (error) {
      // Ours, not the receiver's: the database did not answer, say. It costs no attempt.
      this.#deps.logger.error({ err: error }, 'a delivery could not be attempted');
      return this.#snooze(delivery, RETRY_UNATTEMPTED_SECONDS);
    }
  }

  /**
   * Memory is for what moves: what waits for receivers that hang or fail waits in the retry queue, and so does what did
   * not have its turn before its lease ends.
   */
  #maintain(): void {
    const isAnyEnding = this.#leases.values().some((lease) => this.#isEnding(lease));
    for (const lane of this.#lanes.values()) {
      const ending = isAnyEnding ? lane.takeLeasedUntil(this.#now() + this.#reserveMs) : [];
      for (const delivery of [...ending, ...lane.spill()]) {
        void this.#settle(this.#snooze(delivery, lane.snoozeSeconds() * spread()));
      }
      // A failing endpoint's next trial is due by the clock.
      this.#scheduler.schedule(lane);
      if (lane.isEvictable) this.#lanes.delete(lane.endpointId);
    }
    this.#pump();
  }

  async #settle(outcome: DeliveryOutcome): Promise<void> {
    const { attempt, delivery } = outcome;
    const { lease, message, bytes } = delivery;
    // The job of a lease that is over names it still, and whoever took that may be sending it: nothing is written.
    const isLost = attempt === null && this.#isOver(lease);
    if (!isLost) await this.#deps.outcomeWriter.write(outcome);
    if (isLost || lease.outstanding === 0) this.#leases.delete(lease);
    this.#release(message.accountId, bytes, 1);
  }

  /** Its job came due, because what we know of it could not be written in time: it is not sent again. */
  async #settleKnown(delivery: PendingDelivery, lease: Lease): Promise<void> {
    await this.#deps.outcomeWriter.completeKnown(delivery, lease);
    if (lease.outstanding === 0) this.#leases.delete(lease);
  }

  #release(accountId: string, bytes: number, deliveries: number): void {
    const isCapacityBack = this.#budget.release(accountId, bytes, deliveries);
    this.#reservations.grantWaiting(accountId);
    if (isCapacityBack && !this.#isStopping) this.#onCapacityListener();
  }

  #snooze(delivery: LeasedDelivery, retryInSeconds: number): DeliveryOutcome {
    return notAttempted(delivery, { retryInSeconds, nowMs: this.#deps.clock.now() });
  }

  #isEnding({ expiresAtMs }: Lease): boolean {
    return this.#now() > expiresAtMs - this.#reserveMs;
  }

  #isOver({ expiresAtMs }: Lease): boolean {
    return this.#now() >= expiresAtMs;
  }

  #now(): number {
    return this.#deps.clock.monotonicNow();
  }
}

/** Deliveries of a message share its body: each counts for its part. */
function countByMessage(deliveries: PendingDelivery[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { message } of deliveries) counts.set(message.id, (counts.get(message.id) ?? 0) + 1);
  return counts;
}

/** So that what was put off together does not come back together. */
const spread = () => 0.75 + Math.random() / 2;

const OVERLOADED = new Set([429, 500, 502, 503, 504]);

function responseSignalOf({ attempt }: DeliveryOutcome): ResponseSignal {
  if (attempt === null) return 'unsent';
  if (attempt.outcome !== 'status') return 'overloaded';
  return OVERLOADED.has(attempt.statusCode ?? 0) ? 'overloaded' : 'good';
}
