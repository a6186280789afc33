import { lru } from '#src/infra/lib/lru.ts';
import type { EndpointHold } from '#src/domain/deliveries/endpoint-hold.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { EndpointLane, type LaneOptions } from './endpoint-lane.ts';

/** An endpoint beyond them is asked again, and says it again. */
const MAX_HOLDS = 10_000;

interface TimedHold {
  hold: EndpointHold;
  untilMs: number;
}

/**
 * The lanes of a process, and the holds of endpoints. A hold may be for a day and is told to every process, so it is
 * kept without a lane where nothing waits for its endpoint: each lane is visited four times a second.
 */
export class EndpointLanes {
  readonly #options: LaneOptions;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, EndpointLane>();
  readonly #holds = lru<TimedHold>(MAX_HOLDS);

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  get size(): number {
    return this.#lanes.size;
  }

  [Symbol.iterator](): IterableIterator<EndpointLane> {
    return this.#lanes.values();
  }

  /** The lane of the endpoint, made when there is none; then the endpoint's hold is on it. */
  of(endpointId: string, accountId: string): EndpointLane {
    let lane = this.#lanes.get(endpointId);
    if (lane === undefined) {
      lane = new EndpointLane({ endpointId, accountId }, this.#options);
      this.#lanes.set(endpointId, lane);
      const held = this.#holds.get(endpointId);
      if (held !== undefined) lane.beginHold(held.hold, held.untilMs);
    }
    return lane;
  }

  /** Sends nothing to the endpoint for so long; a shorter hold than the one that is on changes nothing. */
  beginHold(hold: EndpointHold): void {
    const { endpointId, seconds, url } = hold;
    const untilMs = this.#clock.monotonicNow() + seconds * 1000;
    const present = this.#holds.get(endpointId);
    if (present?.hold.url === url && untilMs <= present.untilMs) return;
    this.#holds.set(endpointId, { hold, untilMs });
    this.#lanes.get(endpointId)?.beginHold(hold, untilMs);
  }

  endHold(lane: EndpointLane): void {
    this.#holds.delete(lane.endpointId);
    lane.endHold();
  }

  /** Drops the lane when it is not needed. */
  evict(lane: EndpointLane): void {
    if (lane.isEvictable) this.#lanes.delete(lane.endpointId);
  }
}
