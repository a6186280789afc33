import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Lane } from './lane.ts';
import type { Lease } from './lease.ts';
import type { Sender } from './send.ts';
import type { Settler } from './settle.ts';
import { type Settlement, settledUnsent } from './settlement.ts';
import type { NewWork, Work } from './work.ts';

export type { NewWork };

interface Dependencies {
  sender: Sender;
  settler: Settler;
  clock: Clock;
  logger: Logger;
  timeoutMs: number;
  leaseSeconds: number;
}

/** Beyond this, new work stays in the queue: memory is bounded whatever arrives. */
const MAX_PENDING = 4000;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const MAX_IN_FLIGHT = 256;
/** What waits for slow endpoints waits in the retry queue when memory gets short here. */
const PUT_OFF_SECONDS = 5;
const SHED_EVERY_MS = 250;
const MAX_LEASE_MARGIN_MS = 500;

/**
 * Sends what this process holds a lease on: through a window per endpoint, so that a slow receiver takes only its own
 * share, and endpoints in turn.
 */
export class Dispatcher {
  readonly #deps: Dependencies;
  /** Nothing is sent later than this before its lease ends: it could still be under way then. */
  readonly #reserveMs: number;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that may send, in turn. */
  #ready: Lane[] = [];
  #inFlight = 0;
  #pending = 0;
  #pendingBytes = 0;
  #isStopping = false;
  readonly #leases = new Set<Lease>();
  readonly #shedding: NodeJS.Timeout;
  #onIdle: (() => void)[] = [];

  constructor(deps: Dependencies) {
    this.#deps = deps;
    const { leaseSeconds, timeoutMs } = deps;
    this.#reserveMs = timeoutMs + Math.min(MAX_LEASE_MARGIN_MS, (leaseSeconds * 1000 - timeoutMs) / 2);
    this.#shedding = setInterval(() => {
      this.#shed();
    }, SHED_EVERY_MS).unref();
  }

  hasRoomFor(arrivals: { message: { endpointIds: string[]; body: string } }[]): boolean {
    if (this.#isStopping) return false;
    const deliveries = arrivals.reduce((sum, { message }) => sum + message.endpointIds.length, 0);
    return this.#pending + deliveries <= MAX_PENDING && this.#pendingBytes < MAX_PENDING_BYTES;
  }

  get hasRoom(): boolean {
    return this.hasRoomFor([]) && this.#pending < MAX_PENDING / 2;
  }

  /** Takes over deliveries that `lease` covers. It is settled with the last of them; at once when there are none. */
  add(lease: Lease, works: NewWork[]): void {
    if (works.length === 0) {
      this.#deps.settler.endLease(lease);
      return;
    }
    lease.cover(works.length);
    this.#leases.add(lease);
    this.#pending += works.length;
    for (const work of works) this.#enqueue({ ...work, lease });
    this.#pump();
  }

  /** Starts nothing more; resolves when what is under way is settled. The leases that are left are to be handed back. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#shedding);
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** The leases that are not settled; meaningful after {@link stop}. */
  unsettledLeases(): Lease[] {
    return [...this.#leases];
  }

  #enqueue(work: Work): void {
    this.#pendingBytes += work.message.body.length;
    const lane = this.#lanes.get(work.endpointId) ?? new Lane(work.endpointId, this.#deps.clock);
    this.#lanes.set(work.endpointId, lane);
    lane.push(work);
    this.#offer(lane);
  }

  #offer(lane: Lane): void {
    if (lane.isOffered || !lane.canSend) return;
    lane.isOffered = true;
    this.#ready.push(lane);
  }

  #pump(): void {
    while (!this.#isStopping && this.#inFlight < MAX_IN_FLIGHT) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      lane.isOffered = false;
      const work = lane.take();
      if (work !== undefined) void this.#run(lane, work);
      this.#offer(lane);
    }
  }

  async #run(lane: Lane, work: Work): Promise<void> {
    this.#inFlight += 1;
    let settlement: Settlement;
    try {
      settlement = this.#isLeaseEnding(work) ? this.#putOff(work, 0) : await this.#deps.sender.send(work);
    } catch (error) {
      // Ours, not the receiver's: the database did not answer, say. It costs no attempt.
      this.#deps.logger.error({ err: error }, 'a delivery could not be attempted');
      settlement = this.#putOff(work, PUT_OFF_SECONDS);
    }
    lane.done(work);
    this.#drop(lane);
    this.#offer(lane);
    const settling = this.#settle(settlement);
    this.#inFlight -= 1;
    this.#pump();
    await settling;
    if (this.#isStopping && this.#inFlight === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** When memory gets short it is for what moves: a receiver that hangs must not hold up all others. */
  #shed(): void {
    if (this.#pending < MAX_PENDING / 2 && this.#pendingBytes < MAX_PENDING_BYTES / 2) return;
    for (const lane of this.#lanes.values()) {
      for (const work of lane.shed()) void this.#settle(this.#putOff(work, PUT_OFF_SECONDS));
    }
  }

  async #settle(settlement: Settlement): Promise<void> {
    await this.#deps.settler.settle(settlement);
    const { lease, message } = settlement.work;
    this.#pending -= 1;
    this.#pendingBytes -= message.body.length;
    if (lease.unsettled === 0) this.#leases.delete(lease);
  }

  #putOff(work: Work, retryInSeconds: number): Settlement {
    return settledUnsent(work, { retryInSeconds, nowMs: this.#deps.clock.now() });
  }

  #isLeaseEnding({ lease }: Work): boolean {
    return this.#deps.clock.now() > lease.expiresAtMs - this.#reserveMs;
  }

  #drop(lane: Lane): void {
    if (lane.isEmpty) this.#lanes.delete(lane.endpointId);
  }
}
