import type { Lane } from './endpoint-lane.ts';
import { Round } from './account-round-robin.ts';

/** Failing endpoints may have this part of what may be in flight, beside it... */
const FAILING_PART = 1 / 4;
/** ...and one turn in so many while others want theirs. */
const FAILING_EVERY = 8;

/** Whose turn it is to send. Failing endpoints have a round of their own, so that they take no turns from others. */
export class Turns {
  readonly #well: Round;
  readonly #failing: Round;
  #count = 0;

  constructor({ maxInFlight }: { maxInFlight: number }) {
    this.#well = new Round(maxInFlight);
    this.#failing = new Round(maxInFlight * FAILING_PART);
  }

  get inFlight(): number {
    return this.#well.inFlight + this.#failing.inFlight;
  }

  /** Puts a lane in its round, if it may send and is not in one. */
  offer(lane: Lane): void {
    if (lane.isOffered || !lane.canSend) return;
    lane.isOffered = true;
    this.#roundOf(lane).join(lane);
  }

  /** The next lane to send from; undefined when none may now. Counts as in flight until {@link ended}. */
  next(): Lane | undefined {
    this.#count = (this.#count + 1) % FAILING_EVERY;
    const [first, second] = this.#count === 0 ? [this.#failing, this.#well] : [this.#well, this.#failing];
    // The first once more: lanes may have come over from the second.
    return this.#nextOf(first) ?? this.#nextOf(second) ?? this.#nextOf(first);
  }

  /** `isFailing`: as the lane was when it had its turn. */
  ended({ accountId }: Pick<Lane, 'accountId'>, isFailing: boolean): void {
    (isFailing ? this.#failing : this.#well).ended(accountId);
  }

  #nextOf(round: Round): Lane | undefined {
    for (;;) {
      const lane = round.next();
      if (lane === undefined) return undefined;
      lane.isOffered = false;
      if (this.#roundOf(lane) === round) return lane;
      // It began to fail, or is well again, since it was offered.
      round.ended(lane.accountId);
      this.offer(lane);
    }
  }

  #roundOf({ isFailing }: Lane): Round {
    return isFailing ? this.#failing : this.#well;
  }
}
