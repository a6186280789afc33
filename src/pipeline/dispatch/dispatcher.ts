import type { Clock } from '#src/infra/lib/clock.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { type Claim, Claims } from './reservations.ts';
import { Lane, type LaneWork, type Reception } from './endpoint-lane.ts';
import type { Lease } from '#src/domain/deliveries/lease.ts';
import { Room } from './memory-budget.ts';
import type { Sender } from '#src/pipeline/send/sender.ts';
import type { Settler } from '#src/pipeline/settle/outcome-writer.ts';
import { type Settlement, settledUnsent } from '#src/domain/deliveries/delivery-outcome.ts';
import { Turns } from './fair-scheduler.ts';
import type { NewWork, Work } from '#src/domain/deliveries/pending-delivery.ts';

interface Dependencies {
  sender: Sender;
  settler: Settler;
  clock: Clock;
  logger: Logger;
  timeoutMs: number;
  leaseSeconds: number;
}

const MAX_IN_FLIGHT = 1024;
/** Beyond this, new work stays in the queue: memory is bounded whatever arrives. */
const MAX_PENDING = 16_000;
const MAX_PENDING_BYTES = 32 * 1024 * 1024;
const UPKEEP_EVERY_MS = 250;
/** For how long what we could not attempt is left alone. */
const NOT_ATTEMPTED_SECONDS = 5;
const MAX_LEASE_MARGIN_MS = 500;

/**
 * Sends what this process holds a lease on: through a window per endpoint, so that a slow receiver takes only its own
 * share, and accounts in turn, so that one account's slow receivers take only that account's.
 */
export class Dispatcher {
  readonly #deps: Dependencies;
  /** Nothing is sent later than this before its lease ends: it could still be under way then. */
  readonly #reserveMs: number;
  readonly #turns = new Turns({ maxInFlight: MAX_IN_FLIGHT });
  readonly #room = new Room({ deliveries: MAX_PENDING, bytes: MAX_PENDING_BYTES });
  readonly #claims = new Claims(this.#room);
  readonly #lanes = new Map<string, Lane>();
  readonly #leases = new Set<Lease>();
  readonly #upkeep: NodeJS.Timeout;
  #isStopping = false;
  #onIdle: (() => void)[] = [];
  #onRoom: () => void = () => undefined;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    const { leaseSeconds, timeoutMs } = deps;
    this.#reserveMs = timeoutMs + Math.min(MAX_LEASE_MARGIN_MS, (leaseSeconds * 1000 - timeoutMs) / 2);
    this.#upkeep = setInterval(() => {
      this.#keepUp();
    }, UPKEEP_EVERY_MS).unref();
  }

  /** Whether a message that is being accepted may be sent from memory; then its place is kept until it is added. */
  async claim(claim: Claim): Promise<boolean> {
    return !this.#isStopping && (await this.#claims.take(claim));
  }

  /** Gives a place back: the message was not accepted after all. */
  disclaim({ accountId, deliveries, bytes }: Claim): void {
    this.#release(accountId, bytes, deliveries);
  }

  /** Whether more is to be collected from the queues. */
  hasRoom(): boolean {
    return !this.#isStopping && !this.#room.isFull;
  }

  /** The accounts of which nothing is to be collected now that may bring `more` deliveries. */
  fullAccounts(more: number): string[] {
    return this.#room.fullAccounts(more);
  }

  /** What is in memory, and how much of it is being sent. */
  get load(): { inFlight: number; pending: number } {
    return { inFlight: this.#turns.inFlight, pending: this.#room.deliveries };
  }

  /** Calls `listener` when there is room again after there was none, for all or for an account that was passed over. */
  whenRoom(listener: () => void): void {
    this.#onRoom = listener;
  }

  /** Takes over deliveries that `lease` covers. It is settled with the last of them; at once when there are none. */
  add(lease: Lease, works: NewWork[], { areClaimed = false } = {}): void {
    if (works.length === 0) {
      this.#deps.settler.endLease(lease);
      return;
    }
    lease.cover(works.length);
    this.#leases.add(lease);
    const counts = countByMessage(works);
    for (const work of works) {
      if (this.#deps.settler.isKnown(work)) {
        void this.#settleKnown(work, lease);
        continue;
      }
      const bytes = work.message.body.length / (counts.get(work.message.id) ?? 1);
      if (!areClaimed) this.#room.take(work.message.accountId, bytes);
      this.#enqueue({ ...work, lease, bytes, startedAtMs: 0, isTrial: false });
    }
    this.#pump();
  }

  /** Takes over what `load` finds still owed of a job that came due. */
  async addDue(lease: Lease, load: () => Promise<NewWork[]>): Promise<void> {
    await this.#deps.settler.remembering(async () => {
      this.add(lease, await load());
    });
  }

  /** Starts nothing more; resolves when what is under way is settled. The leases that are left are to be handed back. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#upkeep);
    if (this.#turns.inFlight > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** The leases that are not settled, but for those that are over: others may have them. Meaningful after {@link stop}. */
  unsettledLeases(): Lease[] {
    return [...this.#leases].filter((lease) => !this.#isOver(lease));
  }

  #enqueue(work: LaneWork): void {
    const { endpointId, message } = work;
    const { accountId } = message;
    let lane = this.#lanes.get(endpointId);
    if (lane === undefined) {
      lane = new Lane({ endpointId, accountId }, this.#deps.clock);
      this.#lanes.set(endpointId, lane);
    }
    lane.push(work);
    this.#turns.offer(lane);
  }

  #pump(): void {
    while (!this.#isStopping) {
      const lane = this.#turns.next();
      if (lane === undefined) return;
      const work = lane.take();
      if (work === undefined) this.#turns.ended(lane, lane.isFailing);
      else void this.#run(lane, work);
      this.#turns.offer(lane);
    }
  }

  async #run(lane: Lane, work: LaneWork): Promise<void> {
    const settlement = await this.#attempt(work);
    lane.done(work, receptionOf(settlement));
    this.#turns.ended(lane, work.isTrial);
    this.#turns.offer(lane);
    const settling = this.#settle(settlement);
    this.#pump();
    await settling;
    if (this.#isStopping && this.#turns.inFlight === 0)
      for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #attempt(work: Work): Promise<Settlement> {
    if (this.#isEnding(work.lease)) return this.#putOff(work, 0);
    try {
      return await this.#deps.sender.send(work, () => this.#isEnding(work.lease));
    } catch (error) {
      // Ours, not the receiver's: the database did not answer, say. It costs no attempt.
      this.#deps.logger.error({ err: error }, 'a delivery could not be attempted');
      return this.#putOff(work, NOT_ATTEMPTED_SECONDS);
    }
  }

  /**
   * Memory is for what moves: what waits for receivers that hang or fail waits in the retry queue, and so does what did
   * not have its turn before its lease ends.
   */
  #keepUp(): void {
    const isAnyEnding = this.#leases.values().some((lease) => this.#isEnding(lease));
    for (const lane of this.#lanes.values()) {
      const ending = isAnyEnding ? lane.takeLeasedUntil(this.#now() + this.#reserveMs) : [];
      for (const work of [...ending, ...lane.shed()]) {
        void this.#settle(this.#putOff(work, lane.putOffSeconds() * spread()));
      }
      // A failing endpoint's next trial is due by the clock.
      this.#turns.offer(lane);
      if (lane.isForgettable) this.#lanes.delete(lane.endpointId);
    }
    this.#pump();
  }

  async #settle(settlement: Settlement): Promise<void> {
    const { attempt, work } = settlement;
    const { lease, message, bytes } = work;
    // The job of a lease that is over names it still, and whoever took that may be sending it: nothing is written.
    const isLost = attempt === null && this.#isOver(lease);
    if (!isLost) await this.#deps.settler.settle(settlement);
    if (isLost || lease.unsettled === 0) this.#leases.delete(lease);
    this.#release(message.accountId, bytes, 1);
  }

  /** Its job came due, because what we know of it could not be written in time: it is not sent again. */
  async #settleKnown(work: NewWork, lease: Lease): Promise<void> {
    await this.#deps.settler.settleKnown(work, lease);
    if (lease.unsettled === 0) this.#leases.delete(lease);
  }

  #release(accountId: string, bytes: number, deliveries: number): void {
    const isRoomBack = this.#room.release(accountId, bytes, deliveries);
    this.#claims.serve(accountId);
    if (isRoomBack && !this.#isStopping) this.#onRoom();
  }

  #putOff(work: Work, retryInSeconds: number): Settlement {
    return settledUnsent(work, { retryInSeconds, nowMs: this.#deps.clock.now() });
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
function countByMessage(works: NewWork[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { message } of works) counts.set(message.id, (counts.get(message.id) ?? 0) + 1);
  return counts;
}

/** So that what was put off together does not come back together. */
const spread = () => 0.75 + Math.random() / 2;

const OVERLOADED = new Set([429, 500, 502, 503, 504]);

function receptionOf({ attempt }: Settlement): Reception {
  if (attempt === null) return 'unsent';
  if (attempt.outcome !== 'status') return 'overloaded';
  return OVERLOADED.has(attempt.statusCode ?? 0) ? 'overloaded' : 'good';
}
