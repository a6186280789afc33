import type { Lane } from './lane.ts';

/** What this process does for one account. */
interface AccountLoad {
  inFlight: number;
  pending: number;
  bytes: number;
  /** Its lanes that may send, in turn. */
  ready: Lane[];
}

interface Limits {
  maxInFlight: number;
  maxPending: number;
  maxBytes: number;
}

/** What an account may always have, however many others there are. */
const ALWAYS_IN_FLIGHT = 4;
const ALWAYS_PENDING = 32;

/**
 * Whose turn it is to send: accounts in turn, and an account's endpoints in turn. An account alone may have half of
 * everything, the next half of what is left, and so on: however much some of them keep busy with receivers that hang,
 * there is room for one more.
 */
export class Turns {
  readonly #limits: Limits;
  readonly #accounts = new Map<string, AccountLoad>();
  /** Accounts with lanes that may send. */
  #queue: string[] = [];
  #inFlight = 0;
  #pending = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get pending(): number {
    return this.#pending;
  }

  /** Whether the account may have `more` deliveries in memory beside what it has. */
  hasRoomFor(accountId: string, more: number): boolean {
    const { pending, bytes } = this.#accounts.get(accountId) ?? NOTHING;
    if (pending + more <= ALWAYS_PENDING && this.#bytes < this.#limits.maxBytes) return true;
    const { maxBytes, maxPending } = this.#limits;
    return (
      pending + more <= (maxPending - (this.#pending - pending)) / 2 &&
      bytes <= (maxBytes - (this.#bytes - bytes)) / 2
    );
  }

  /** The accounts that have all that they may: more of theirs is not to be collected now. */
  fullAccounts(): string[] {
    return [...this.#accounts.keys()].filter((accountId) => !this.hasRoomFor(accountId, 1));
  }

  added(accountId: string, bytes: number): void {
    const load = this.#loadOf(accountId);
    load.pending += 1;
    load.bytes += bytes;
    this.#pending += 1;
    this.#bytes += bytes;
  }

  settled(accountId: string, bytes: number): void {
    const load = this.#loadOf(accountId);
    load.pending -= 1;
    load.bytes -= bytes;
    this.#pending -= 1;
    this.#bytes -= bytes;
    this.#forgetIfIdle(accountId, load);
  }

  /** Puts a lane in the round, if it may send and is not there. */
  offer(lane: Lane): void {
    if (lane.isOffered || !lane.canSend) return;
    lane.isOffered = true;
    const load = this.#loadOf(lane.accountId);
    load.ready.push(lane);
    if (load.ready.length === 1) this.#queue.push(lane.accountId);
  }

  /** The next lane to send from; undefined when none may now. Counts as in flight until {@link ended}. */
  next(): Lane | undefined {
    for (let turn = this.#queue.length; turn > 0; turn -= 1) {
      const accountId = this.#queue.shift();
      const load = accountId === undefined ? undefined : this.#accounts.get(accountId);
      if (accountId === undefined || load === undefined) continue;
      if (!this.#mayHaveOneMore(load)) {
        this.#queue.push(accountId);
        continue;
      }
      const lane = load.ready.shift();
      if (load.ready.length > 0) this.#queue.push(accountId);
      if (lane === undefined) continue;
      lane.isOffered = false;
      load.inFlight += 1;
      this.#inFlight += 1;
      return lane;
    }
    return undefined;
  }

  ended(accountId: string): void {
    const load = this.#loadOf(accountId);
    load.inFlight -= 1;
    this.#inFlight -= 1;
    this.#forgetIfIdle(accountId, load);
  }

  #mayHaveOneMore({ inFlight }: AccountLoad): boolean {
    if (inFlight < ALWAYS_IN_FLIGHT && this.#inFlight < 2 * this.#limits.maxInFlight) return true;
    return inFlight < (this.#limits.maxInFlight - (this.#inFlight - inFlight)) / 2;
  }

  #forgetIfIdle(accountId: string, { inFlight, pending, ready }: AccountLoad): void {
    if (inFlight === 0 && pending === 0 && ready.length === 0) this.#accounts.delete(accountId);
  }

  #loadOf(accountId: string): AccountLoad {
    let load = this.#accounts.get(accountId);
    if (load === undefined) {
      load = { ...NOTHING, ready: [] };
      this.#accounts.set(accountId, load);
    }
    return load;
  }
}

const NOTHING = { inFlight: 0, pending: 0, bytes: 0 };
