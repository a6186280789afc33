import { type Admission, type Reservation, Reservations } from './reservations.ts';
import type { EndpointLane, QueuedDelivery } from './endpoint-lane.ts';
import { EndpointLanes } from './endpoint-lanes.ts';
import { slowAccounts } from './slow-accounts.ts';
import type { Lease } from '#src/domain/deliveries/lease.ts';
import { LoopLoad } from './loop-load.ts';
import { countByMessage, MemoryBudget } from './memory-budget.ts';
import { OpenLeases } from './open-leases.ts';
import { Recall, type RecallDependencies } from './recall.ts';
import { responseSignalOf } from './response-signal.ts';
import type { Sender } from '#src/pipeline/send/sender.ts';
import type { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { attemptUnderLease, snoozed } from './attempt-under-lease.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import type { EndpointHold } from '#src/domain/deliveries/endpoint-hold.ts';
import { FairScheduler } from './fair-scheduler.ts';
import type { PendingDelivery } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies extends RecallDependencies {
  sender: Sender;
  outcomeWriter: OutcomeWriter;
  /** Of one send. */
  timeoutMs: number;
  leaseSeconds: number;
  /** Whether this process also accepts messages. */
  accepts: boolean;
  load?: Pick<LoopLoad, 'isBusy' | 'measure'>;
}

const MAX_IN_FLIGHT = 1024;
/** Deliveries beyond these bounds stay in the job queue, because memory must be bounded whatever arrives. */
const MAX_PENDING = 16_000;
const MAX_PENDING_BYTES = 32 * 1024 * 1024;
const MAINTENANCE_MS = 250;

/**
 * Sends the deliveries that this process holds a lease on: through one lane an endpoint, so that a slow receiver uses
 * only its own share, and by fair queueing over accounts, so that an account's slow receivers use only that account's.
 *
 * - running: the start. Intake and fetcher add deliveries; `#pump` starts sends when deliveries are added, when a send
 *   ends, and every 250 ms, when waiting deliveries of hanging, open or expiring lanes are spilled to the retry queue.
 * - at capacity: the memory budget is full (or one account's share is). `hasCapacity` and `accountsOverShare` tell the
 *   fetcher, and `reserve` the intake. A delivery whose outcome is written releases its memory: waiting reservations
 *   are granted, and `onCapacity` wakes the fetcher. Back to running.
 * - stopping: {@link stop}. No send starts and nothing is reserved; sends in flight end and are written. The pipeline
 *   then returns the jobs of {@link openLeases}, so that other processes need not wait for their ends.
 */
export class Dispatcher {
  readonly #deps: Dependencies;
  readonly #scheduler = new FairScheduler({ maxInFlight: MAX_IN_FLIGHT });
  readonly #budget = new MemoryBudget({ deliveries: MAX_PENDING, bytes: MAX_PENDING_BYTES });
  readonly #load: Pick<LoopLoad, 'isBusy' | 'measure'>;
  #slowAccounts = new Set<string>();
  readonly #reservations = new Reservations(
    this.#budget,
    (accountId) => this.#load.isBusy && !this.#slowAccounts.has(accountId),
  );
  readonly #lanes: EndpointLanes;
  readonly #leases: OpenLeases;
  readonly #recall: Recall;
  readonly #maintenance: NodeJS.Timeout;
  #isStopping = false;
  #onIdle: (() => void)[] = [];
  #onCapacityListener: () => void = () => undefined;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#load = deps.load ?? new LoopLoad();
    this.#lanes = new EndpointLanes(deps);
    this.#leases = new OpenLeases(deps);
    this.#recall = new Recall(deps, () => {
      this.#onCapacityListener();
    });
    this.#maintenance = setInterval(() => {
      this.#maintain();
    }, MAINTENANCE_MS).unref();
  }

  /**
   * Reserves memory for a message that is being accepted, so that it can be sent without a fetch. Waits for a moment
   * without capacity.
   */
  async reserve(reservation: Reservation): Promise<Admission> {
    return this.#isStopping ? 'queue' : this.#reservations.reserve(reservation);
  }

  /** Returns whether the memory was reserved; waits for nothing. */
  reserveNow(reservation: Reservation): boolean {
    return !this.#isStopping && this.#reservations.reserveNow(reservation);
  }

  /** Releases the memory of a message that was not accepted. */
  cancelReservation({ accountId, deliveries, bytes }: Reservation): void {
    this.#release(accountId, bytes, deliveries);
  }

  /** Whether more jobs may be fetched. */
  hasCapacity(): boolean {
    return !this.#isStopping && !this.#budget.isFull;
  }

  /** Ids of the accounts that may not hold `moreDeliveries`, and so are not to be fetched now. */
  accountsOverShare(moreDeliveries: number): string[] {
    return this.#budget.accountsOverShare(moreDeliveries);
  }

  /** Deliveries in memory (`pending`), and those of them that are being sent. */
  get load(): { inFlight: number; pending: number } {
    return { inFlight: this.#scheduler.inFlight, pending: this.#budget.deliveries };
  }

  /**
   * Calls `listener` when capacity is back, of the whole budget or of an account that `accountsOverShare` named; and
   * when spilled deliveries were recalled.
   */
  onCapacity(listener: () => void): void {
    this.#onCapacityListener = listener;
  }

  /**
   * Adds deliveries, which `lease` covers from now on. The lease ends with the last of them, at once when there are
   * none. `areReserved`: whether their memory is already held, by {@link reserve}.
   */
  add(lease: Lease, deliveries: PendingDelivery[], { areReserved = false } = {}): void {
    if (deliveries.length === 0) {
      this.#deps.outcomeWriter.endLease(lease);
      return;
    }
    lease.cover(deliveries.length);
    this.#leases.add(lease);
    const counts = countByMessage(deliveries);
    for (const delivery of deliveries) {
      // What this process has just accepted it cannot have sent before.
      if (!areReserved && this.#deps.outcomeWriter.isKnown(delivery)) {
        void this.#completeKnown(delivery, lease);
        continue;
      }
      const bytes = delivery.message.data.length / (counts.get(delivery.message.id) ?? 1);
      if (!areReserved) this.#budget.hold(delivery.message.accountId, bytes);
      this.#enqueue({ ...delivery, lease, bytes, startedAtMs: 0, isHalfOpenTrial: false, weight: 1 });
    }
    this.#pump();
  }

  /**
   * Adds the deliveries that `load` finds outstanding of a job that came due. Outcomes that are written while it reads
   * stay known until it is done, because it may have read the state before them.
   */
  async addDue(lease: Lease, load: () => Promise<PendingDelivery[]>): Promise<void> {
    await this.#deps.outcomeWriter.rememberingWhile(async () => {
      this.add(lease, await load());
    });
  }

  /** Sends nothing to the endpoint for so long, because it asked another process for that. */
  hold(hold: EndpointHold): void {
    this.#lanes.beginHold(hold);
  }

  /** Starts no more sends. Resolves when none is in flight; the outcome writer's stop waits until all are written. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#maintenance);
    const recalled = this.#recall.stop();
    if (this.#scheduler.inFlight > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    await recalled;
  }

  /**
   * The leases with outstanding deliveries, to be returned after {@link stop}. Expired leases are left out, because
   * other processes may have rescued them.
   */
  openLeases(): Lease[] {
    return this.#leases.unexpired;
  }

  #enqueue(delivery: QueuedDelivery): void {
    const lane = this.#lanes.of(delivery.endpointId, delivery.message.accountId);
    lane.push(delivery);
    this.#scheduler.schedule(lane);
  }

  #pump(): void {
    while (!this.#isStopping) {
      const lane = this.#scheduler.next();
      if (lane === undefined) return;
      const delivery = lane.startNext();
      if (delivery === undefined) this.#scheduler.release(lane);
      else {
        this.#scheduler.begin(lane, delivery);
        void this.#run(lane, delivery);
      }
      this.#scheduler.schedule(lane);
    }
  }

  async #run(lane: EndpointLane, delivery: QueuedDelivery): Promise<void> {
    const outcome = await attemptUnderLease(this.#deps, delivery, {
      leases: this.#leases,
      mayGrow: (characters) => this.#scheduler.grow(lane, delivery, characters),
    });
    lane.finish(delivery, responseSignalOf(outcome));
    if (outcome.hold !== null) this.#lanes.beginHold(outcome.hold);
    this.#scheduler.end(lane, delivery);
    this.#scheduler.schedule(lane);
    const recorded = this.#recordOutcome(outcome);
    this.#pump();
    await recorded;
    if (this.#isStopping && this.#scheduler.inFlight === 0)
      for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /**
   * Spills to the retry queue what waits for endpoints that hang or fail, because memory is for deliveries that move;
   * and what could not be sent before its lease ends. Recalls what was spilled of those that are well again.
   */
  #maintain(): void {
    this.#load.measure();
    this.#slowAccounts = slowAccounts(this.#lanes);
    const { isAnyExpiring } = this.#leases;
    for (const lane of this.#lanes) {
      if (lane.hold === undefined) this.#spill(lane, isAnyExpiring);
      else if (lane.waiting > 0) void this.#spillHeld(lane, lane.hold);
      // The next half-open trial becomes due by the clock alone.
      this.#scheduler.schedule(lane);
      this.#lanes.evict(lane);
    }
    this.#pump();
    if (this.hasCapacity()) this.#recall.run();
  }

  #spill(lane: EndpointLane, isAnyExpiring: boolean): void {
    const expiring = isAnyExpiring ? lane.extractLeasedUntil(this.#leases.expiringBeforeMs) : [];
    for (const delivery of [...expiring, ...lane.spill()]) {
      const outcome = snoozed(this.#deps.clock, delivery, lane.snoozeSeconds(Math.random()));
      void this.#recall.remember(lane, outcome, this.#recordOutcome(outcome));
    }
  }

  /** Ends the hold in place of spilling when the endpoint has got another URL, which asked for nothing. */
  async #spillHeld(lane: EndpointLane, hold: EndpointHold): Promise<void> {
    const url = await this.#deps.sender.urlOf(hold).catch(() => hold.url);
    if (this.#isStopping) return;
    if (url === hold.url) {
      this.#spill(lane, true);
      return;
    }
    this.#lanes.endHold(lane);
    this.#scheduler.schedule(lane);
    this.#pump();
  }

  /** Resolves to whether it was written: an outcome of an expired lease need not be. */
  async #recordOutcome(outcome: DeliveryOutcome): Promise<boolean> {
    const { attempt, delivery } = outcome;
    const { lease, message, bytes } = delivery;
    // The job of an expired lease still names the delivery, and a process that rescued it may be sending it.
    const isLost = attempt === null && this.#leases.isExpired(lease);
    if (!isLost) await this.#deps.outcomeWriter.write(outcome);
    if (isLost || lease.outstanding === 0) this.#leases.delete(lease);
    this.#release(message.accountId, bytes, 1);
    return !isLost;
  }

  /** A delivery that was sent under an expired lease, whose outcome is not written yet: it is not sent again. */
  async #completeKnown(delivery: PendingDelivery, lease: Lease): Promise<void> {
    await this.#deps.outcomeWriter.completeKnown(delivery, lease);
    if (lease.outstanding === 0) this.#leases.delete(lease);
  }

  #release(accountId: string, bytes: number, deliveries: number): void {
    const hasCapacityAgain = this.#budget.release(accountId, bytes, deliveries);
    this.#reservations.grantWaiting(accountId);
    if (hasCapacityAgain && !this.#isStopping) this.#onCapacityListener();
  }
}
