import { AccountRoundRobin } from './account-round-robin.ts';
import type { EndpointLane, QueuedDelivery } from './endpoint-lane.ts';

/** Open circuits may have this part of the sends in flight, in addition to those of closed circuits... */
const OPEN_SHARE = 1 / 4;
/** ...and one send in this many while closed circuits have deliveries to send. */
const OPEN_EVERY = 8;

/**
 * A send in flight counts once for each of so many characters of its message, because each has a body of its own in
 * memory: 1,000 endpoints that hang would hold 1,000 bodies of a megabyte.
 */
const CHARACTERS_OF_WEIGHT = 40 * 1024;

type Sent = Pick<QueuedDelivery, 'isHalfOpenTrial' | 'message' | 'weight'>;

/**
 * Chooses the lane that sends next. Lanes with an open circuit have a round robin of their own, so that failing
 * endpoints take no sends from the others.
 */
export class FairScheduler {
  readonly #closed: AccountRoundRobin;
  readonly #open: AccountRoundRobin;
  #count = 0;
  #inFlight = 0;

  /** `maxInFlight`: the weight of sends in flight of closed circuits. */
  constructor({ maxInFlight }: { maxInFlight: number }) {
    this.#closed = new AccountRoundRobin(maxInFlight);
    this.#open = new AccountRoundRobin(maxInFlight * OPEN_SHARE);
  }

  /** How many sends are in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Adds a lane to its round robin, if it can send and is in neither. */
  schedule(lane: EndpointLane): void {
    if (lane.isScheduled || !lane.canSend) return;
    lane.isScheduled = true;
    this.#roundRobinOf(lane).add(lane);
  }

  /**
   * The next lane to send from; undefined when none may now. One send of it is counted from then on: it is to be told
   * to {@link begin} and {@link end}, or to {@link release} if nothing is sent.
   */
  next(): EndpointLane | undefined {
    this.#count = (this.#count + 1) % OPEN_EVERY;
    const [first, second] = this.#count === 0 ? [this.#open, this.#closed] : [this.#closed, this.#open];
    // The first is asked again, because lanes whose circuit changed may have moved to it from the second.
    return this.#nextOf(first) ?? this.#nextOf(second) ?? this.#nextOf(first);
  }

  begin({ accountId }: Pick<EndpointLane, 'accountId'>, sent: Sent): void {
    this.#inFlight += 1;
    sent.weight = weightOf(sent.message.data.length);
    if (sent.weight > 1) this.#startedIn(sent).weigh(accountId, sent.weight - 1);
  }

  /** Whether the send may have a body of so many characters, which it weighs from then on: a transformation made it. */
  grow({ accountId }: Pick<EndpointLane, 'accountId'>, sent: Sent, characters: number): boolean {
    const more = weightOf(characters) - sent.weight;
    if (more <= 0) return true;
    const startedIn = this.#startedIn(sent);
    if (!startedIn.canWeigh(accountId, more)) return false;
    startedIn.weigh(accountId, more);
    sent.weight += more;
    return true;
  }

  end({ accountId }: Pick<EndpointLane, 'accountId'>, sent: Sent): void {
    this.#inFlight -= 1;
    this.#startedIn(sent).release(accountId, sent.weight);
  }

  release({ accountId, isCircuitOpen }: Pick<EndpointLane, 'accountId' | 'isCircuitOpen'>): void {
    (isCircuitOpen ? this.#open : this.#closed).release(accountId, 1);
  }

  /** The round robin that counts the send: that of the circuit as it was at its start. */
  #startedIn({ isHalfOpenTrial }: Sent): AccountRoundRobin {
    return isHalfOpenTrial ? this.#open : this.#closed;
  }

  #nextOf(roundRobin: AccountRoundRobin): EndpointLane | undefined {
    for (;;) {
      const lane = roundRobin.next();
      if (lane === undefined) return undefined;
      lane.isScheduled = false;
      if (this.#roundRobinOf(lane) === roundRobin) return lane;
      // Its circuit opened or closed since it was scheduled.
      roundRobin.release(lane.accountId, 1);
      this.schedule(lane);
    }
  }

  #roundRobinOf({ isCircuitOpen }: EndpointLane): AccountRoundRobin {
    return isCircuitOpen ? this.#open : this.#closed;
  }
}

const weightOf = (characters: number): number => Math.max(1, Math.ceil(characters / CHARACTERS_OF_WEIGHT));
