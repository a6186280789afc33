import type { EndpointLane } from './endpoint-lane.ts';

interface AccountShare {
  /** The weights of its sends in flight. */
  inFlight: number;
  /** The account's lanes that can send, in the order of the round robin. */
  ready: EndpointLane[];
}

/** An account may always have this many sends in flight, however many other accounts there are. */
const MIN_IN_FLIGHT = 4;

/**
 * Round robin over accounts, and within an account over its endpoints. An account may have half of the sends in flight
 * that the other accounts leave: one alone half of `maxInFlight`, the next half of the rest, and so on. So accounts
 * whose receivers hang always leave capacity for one more account. Sends are counted by their weights.
 */
export class AccountRoundRobin {
  readonly #maxInFlight: number;
  readonly #accounts = new Map<string, AccountShare>();
  /** Ids of the accounts with lanes that can send. */
  #queue: string[] = [];
  #inFlight = 0;

  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight;
  }

  add(lane: EndpointLane): void {
    const share = this.#shareOf(lane.accountId);
    share.ready.push(lane);
    if (share.ready.length === 1) this.#queue.push(lane.accountId);
  }

  /**
   * The next lane to send from; undefined when none may now. One send of it counts as in flight until {@link release}.
   */
  next(): EndpointLane | undefined {
    for (let remaining = this.#queue.length; remaining > 0; remaining -= 1) {
      const accountId = this.#queue.shift();
      const share = accountId === undefined ? undefined : this.#accounts.get(accountId);
      if (accountId === undefined || share === undefined) continue;
      if (!this.#canHaveOneMore(share)) {
        this.#queue.push(accountId);
        continue;
      }
      const lane = share.ready.shift();
      if (share.ready.length > 0) this.#queue.push(accountId);
      if (lane === undefined) continue;
      share.inFlight += 1;
      this.#inFlight += 1;
      return lane;
    }
    return undefined;
  }

  /** Whether a send of the account that is in flight may weigh so much more. */
  canWeigh(accountId: string, more: number): boolean {
    const { inFlight } = this.#shareOf(accountId);
    return inFlight + more <= (this.#maxInFlight - (this.#inFlight - inFlight)) / 2;
  }

  /** Counts a send that {@link next} counted once as `more` besides, because of its weight. */
  weigh(accountId: string, more: number): void {
    this.#shareOf(accountId).inFlight += more;
    this.#inFlight += more;
  }

  release(accountId: string, weight: number): void {
    const share = this.#shareOf(accountId);
    share.inFlight -= weight;
    this.#inFlight -= weight;
    if (share.inFlight === 0 && share.ready.length === 0) this.#accounts.delete(accountId);
  }

  /** The minimum is granted beyond `maxInFlight` too, up to twice of it over all accounts. */
  #canHaveOneMore({ inFlight }: AccountShare): boolean {
    if (inFlight < MIN_IN_FLIGHT && this.#inFlight < 2 * this.#maxInFlight) return true;
    return inFlight < (this.#maxInFlight - (this.#inFlight - inFlight)) / 2;
  }

  #shareOf(accountId: string): AccountShare {
    let share = this.#accounts.get(accountId);
    if (share === undefined) {
      share = { inFlight: 0, ready: [] };
      this.#accounts.set(accountId, share);
    }
    return share;
  }
}
