import type { EndpointLane } from './endpoint-lane.ts';

interface AccountShare {
  inFlight: number;
  /** Its lanes that may send, in turn. */
  ready: EndpointLane[];
}

/** What an account may always have in flight, however many others there are. */
const MIN_IN_FLIGHT = 4;

/**
 * Accounts in turn, and an account's endpoints in turn. An account alone may have half of what may be in flight, the next
 * half of what is left, and so on: however much some of them keep busy with receivers that hang, there is room for one
 * more.
 */
export class AccountRoundRobin {
  readonly #maxInFlight: number;
  readonly #accounts = new Map<string, AccountShare>();
  /** Accounts with lanes that may send. */
  #queue: string[] = [];
  #inFlight = 0;

  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  add(lane: EndpointLane): void {
    const share = this.#shareOf(lane.accountId);
    share.ready.push(lane);
    if (share.ready.length === 1) this.#queue.push(lane.accountId);
  }

  /** The next lane to send from; undefined when none may now. Counts as in flight until {@link release}. */
  next(): EndpointLane | undefined {
    for (let turn = this.#queue.length; turn > 0; turn -= 1) {
      const accountId = this.#queue.shift();
      const share = accountId === undefined ? undefined : this.#accounts.get(accountId);
      if (accountId === undefined || share === undefined) continue;
      if (!this.#mayHaveOneMore(share)) {
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

  release(accountId: string): void {
    const share = this.#shareOf(accountId);
    share.inFlight -= 1;
    this.#inFlight -= 1;
    if (share.inFlight === 0 && share.ready.length === 0) this.#accounts.delete(accountId);
  }

  #mayHaveOneMore({ inFlight }: AccountShare): boolean {
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
