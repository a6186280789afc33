import { AccountRoundRobin } from './account-round-robin.ts';
import type { EndpointLane } from './endpoint-lane.ts';

/** Open circuits may have this part of the sends in flight, in addition to those of closed circuits... */
const OPEN_SHARE = 1 / 4;
/** ...and one send in this many while closed circuits have deliveries to send. */
const OPEN_EVERY = 8;

/**
 * Chooses the lane that sends next. Lanes with an open circuit have a round robin of their own, so that failing
 * endpoints take no sends from the others.
 */
export class FairScheduler {
  readonly #closed: AccountRoundRobin;
  readonly #open: AccountRoundRobin;
  #count = 0;

  /** `maxInFlight`: sends in flight of closed circuits. */
  constructor({ maxInFlight }: { maxInFlight: number }) {
    this.#closed = new AccountRoundRobin(maxInFlight);
    this.#open = new AccountRoundRobin(maxInFlight * OPEN_SHARE);
  }

  get inFlight(): number {
    return this.#closed.inFlight + this.#open.inFlight;
  }

  /** Adds a lane to its round robin, if it can send and is in neither. */
  schedule(lane: EndpointLane): void {
    if (lane.isScheduled || !lane.canSend) return;
    lane.isScheduled = true;
    this.#roundRobinOf(lane).add(lane);
  }

  /**
   * The next lane to send from; undefined when none may now. One send of it counts as in flight until {@link release}.
   */
  next(): EndpointLane | undefined {
    this.#count = (this.#count + 1) % OPEN_EVERY;
    const [first, second] = this.#count === 0 ? [this.#open, this.#closed] : [this.#closed, this.#open];
    // The first is asked again, because lanes whose circuit changed may have moved to it from the second.
    return this.#nextOf(first) ?? this.#nextOf(second) ?? this.#nextOf(first);
  }

  /** `wasCircuitOpen`: as of the start of the send, because its round robin counted it. */
  release({ accountId }: Pick<EndpointLane, 'accountId'>, wasCircuitOpen: boolean): void {
    (wasCircuitOpen ? this.#open : this.#closed).release(accountId);
  }

  #nextOf(roundRobin: AccountRoundRobin): EndpointLane | undefined {
    for (;;) {
      const lane = roundRobin.next();
      if (lane === undefined) return undefined;
      lane.isScheduled = false;
      if (this.#roundRobinOf(lane) === roundRobin) return lane;
      // Its circuit opened or closed since it was scheduled.
      roundRobin.release(lane.accountId);
      this.schedule(lane);
    }
  }

  #roundRobinOf({ isCircuitOpen }: EndpointLane): AccountRoundRobin {
    return isCircuitOpen ? this.#open : this.#closed;
  }
}
