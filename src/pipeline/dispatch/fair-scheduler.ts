import type { EndpointLane } from './endpoint-lane.ts';
import { AccountRoundRobin } from './account-round-robin.ts';

/** Failing endpoints may have this part of what may be in flight, beside it... */
const OPEN_SHARE = 1 / 4;
/** ...and one turn in so many while others want theirs. */
const OPEN_TURN_EVERY = 8;

/** Whose turn it is to send. Failing endpoints have a round of their own, so that they take no turns from others. */
export class FairScheduler {
  readonly #well: AccountRoundRobin;
  readonly #failing: AccountRoundRobin;
  #count = 0;

  constructor({ maxInFlight }: { maxInFlight: number }) {
    this.#well = new AccountRoundRobin(maxInFlight);
    this.#failing = new AccountRoundRobin(maxInFlight * OPEN_SHARE);
  }

  get inFlight(): number {
    return this.#well.inFlight + this.#failing.inFlight;
  }

  /** Puts a lane in its round, if it may send and is not in one. */
  schedule(lane: EndpointLane): void {
    if (lane.isScheduled || !lane.canSend) return;
    lane.isScheduled = true;
    this.#roundOf(lane).add(lane);
  }

  /** The next lane to send from; undefined when none may now. Counts as in flight until {@link release}. */
  next(): EndpointLane | undefined {
    this.#count = (this.#count + 1) % OPEN_TURN_EVERY;
    const [first, second] = this.#count === 0 ? [this.#failing, this.#well] : [this.#well, this.#failing];
    // The first once more: lanes may have come over from the second.
    return this.#nextOf(first) ?? this.#nextOf(second) ?? this.#nextOf(first);
  }

  /** `isFailing`: as the lane was when it had its turn. */
  release({ accountId }: Pick<EndpointLane, 'accountId'>, isFailing: boolean): void {
    (isFailing ? this.#failing : this.#well).release(accountId);
  }

  #nextOf(roundRobin: AccountRoundRobin): EndpointLane | undefined {
    for (;;) {
      const lane = roundRobin.next();
      if (lane === undefined) return undefined;
      lane.isScheduled = false;
      if (this.#roundOf(lane) === roundRobin) return lane;
      // It began to fail, or is well again, since it was offered.
      roundRobin.release(lane.accountId);
      this.schedule(lane);
    }
  }

  #roundOf({ isCircuitOpen: isFailing }: EndpointLane): AccountRoundRobin {
    return isFailing ? this.#failing : this.#well;
  }
}
