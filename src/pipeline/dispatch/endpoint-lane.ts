import type { Clock } from '#src/infra/lib/clock.ts';
import type { EndpointHold } from '#src/domain/deliveries/endpoint-hold.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { ConcurrencyWindow, QUICK_MS } from './concurrency-window.ts';
import { LiveFirstQueue } from './live-first-queue.ts';
import type { ResponseSignal } from './response-signal.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';

/** A send that has been in flight for this long counts as hanging. */
const HANGING_AFTER_MS = 1000;
/** An open circuit keeps this many waiting deliveries, which its trials send within seconds; the others are spilled. */
const KEPT_WHILE_OPEN = 8;
/** Spilled deliveries are snoozed for as long as the circuit has been open, within these bounds. */
const MIN_SNOOZE_SECONDS = 5;
const MAX_SNOOZE_SECONDS = 300;
/** Of an endpoint that asked to be left alone for no longer than this, some deliveries are kept, too. */
const SHORT_HOLD_SECONDS = 5;
/** Spilled deliveries return one at a time, because each costs two transactions when the endpoint still fails. */
const RETURN_INTERVAL_MS = 50;
/** ...but all of them within an hour, however many they are. */
const MAX_RETURN_MS = 3_600_000;
/** Spilled deliveries are recalled for so many windows at once, which an endpoint sends within a moment. */
const WINDOWS_RECALLED = 4;
/** An idle lane is kept for this long, because it knows its endpoint's window, and whether the circuit is open. */
const EVICT_AFTER_MS = 60_000;
const EVICT_OPEN_AFTER_MS = 900_000;

export interface LaneOptions {
  clock: Clock;
  /** Whether this process also accepts messages. */
  accepts: boolean;
}

/** A delivery in a lane. */
export interface QueuedDelivery extends LeasedDelivery {
  /** When its send began, by the monotonic clock; 0 before. */
  startedAtMs: number;
  /** Sent while the circuit was open. */
  isHalfOpenTrial: boolean;
  /** What its send counts as in flight, by the size of its body. */
  weight: number;
}

/**
 * The queue of one endpoint in this process, with an AIMD concurrency window and a circuit breaker: closed, open after
 * five overloaded signals in a row, then half-open trials, closed by one success, with a window of 1.
 */
export class EndpointLane {
  readonly endpointId: string;
  readonly accountId: string;
  /**
   * Whether the lane is in a round robin. Kept by the scheduler, here because a set would cost a look-up a delivery.
   */
  isScheduled = false;
  readonly #clock: Clock;
  readonly #waiting: LiveFirstQueue<QueuedDelivery>;
  /** Oldest first. */
  readonly #inFlight = new Set<QueuedDelivery>();
  readonly #window: ConcurrencyWindow;
  readonly #circuit: CircuitBreaker;
  /** When a delivery was last added or finished. */
  #usedAtMs: number;
  /** When the last of the spilled deliveries returns. */
  #lastReturnAtMs = 0;
  /** What the endpoint asked for (`Retry-After`), and until when nothing is sent for that. */
  #hold: EndpointHold | undefined;
  #heldUntilMs = 0;
  /** How long the last answer took, and whether it was good. */
  #tookMs: number | undefined;
  #wasGood = false;

  constructor(ids: { endpointId: string; accountId: string }, { clock, accepts }: LaneOptions) {
    this.endpointId = ids.endpointId;
    this.accountId = ids.accountId;
    this.#clock = clock;
    this.#waiting = new LiveFirstQueue(clock);
    this.#window = new ConcurrencyWindow({ avoidsQueueing: !accepts });
    this.#circuit = new CircuitBreaker(clock);
    this.#usedAtMs = clock.monotonicNow();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** What waits, and what is in flight. */
  get pending(): number {
    return this.waiting + this.#inFlight.size;
  }

  get isCircuitOpen(): boolean {
    return this.#circuit.isOpen;
  }

  /**
   * Whether what waits here waits for the receiver, not for this process; undefined before the first answer, as long as
   * no send has taken for long.
   */
  get isSlow(): boolean | undefined {
    if (this.isCircuitOpen || this.#isHeld || this.#oldestInFlightMs >= QUICK_MS) return true;
    return this.#tookMs === undefined ? undefined : this.#tookMs >= QUICK_MS;
  }

  /**
   * How many spilled deliveries may be recalled now: none unless the endpoint is well, and takes what waits. Of a slow
   * one no more than a window, because it takes these for long.
   */
  get room(): number {
    const isWell = this.#wasWell && !this.isCircuitOpen && !this.#isHeld && !this.#isHanging;
    if (!isWell || this.waiting >= this.#window.size) return 0;
    const windows = this.isSlow === true ? 1 : WINDOWS_RECALLED;
    return Math.max(0, windows * this.#window.size - this.pending);
  }

  /** Whether the endpoint was not well when it answered last, and nothing here asks it again. */
  get isUnasked(): boolean {
    return !this.#wasWell && !this.#isHeld && this.pending === 0;
  }

  get canSend(): boolean {
    if (this.waiting === 0 || this.#isHeld) return false;
    if (this.isCircuitOpen) return this.#circuit.canTry(this.#inFlight.size);
    return this.#inFlight.size < this.#window.size && !this.#isStuck;
  }

  /** Why nothing is sent now; undefined: no hold is on. */
  get hold(): EndpointHold | undefined {
    return this.#isHeld ? this.#hold : undefined;
  }

  /**
   * Sends nothing until then, by the monotonic clock: a receiver that names a time refuses whatever comes before it.
   * After it the window begins at 1, because the receiver takes few at a time.
   */
  beginHold(hold: EndpointHold, untilMs: number): void {
    this.#hold = hold;
    this.#heldUntilMs = untilMs;
    this.#window.restart();
  }

  endHold(): void {
    this.#heldUntilMs = 0;
  }

  /**
   * Whether the lane can be dropped: it has no deliveries, none will return, and what it knows of its endpoint is old.
   */
  get isEvictable(): boolean {
    if (this.waiting > 0 || this.#inFlight.size > 0) return false;
    if (this.#now() < this.#lastReturnAtMs) return false;
    return this.#now() - this.#usedAtMs > (this.isCircuitOpen ? EVICT_OPEN_AFTER_MS : EVICT_AFTER_MS);
  }

  /**
   * For how long to snooze the next spilled delivery: as long as the circuit has been open, within bounds, and until
   * the deliveries spilled before it have returned; never less than the hold. Each call is for one delivery.
   * `random`: in [0, 1), so that deliveries that were spilled together do not return together.
   */
  snoozeSeconds(random: number): number {
    const now = this.#now();
    const heldUntilMs = Math.max(now, this.#heldUntilMs);
    const openForSeconds = this.#circuit.openForMs / 1000;
    const seconds = Math.min(MAX_SNOOZE_SECONDS, Math.max(MIN_SNOOZE_SECONDS, openForSeconds));
    const notBeforeMs = Math.max(now + seconds * 1000, heldUntilMs);
    const behindOthersMs = Math.max(notBeforeMs, this.#lastReturnAtMs + RETURN_INTERVAL_MS);
    this.#lastReturnAtMs = Math.min(heldUntilMs + MAX_RETURN_MS, behindOthersMs);
    const afterHoldMs = this.#lastReturnAtMs - heldUntilMs;
    return (heldUntilMs - now + afterHoldMs * (0.75 + random / 2)) / 1000;
  }

  /** Tells that what was spilled has returned: what is spilled next need not return behind it. */
  forgetReturns(): void {
    this.#lastReturnAtMs = 0;
  }

  push(delivery: QueuedDelivery): void {
    this.#usedAtMs = this.#now();
    this.#waiting.push(delivery);
  }

  /** The next delivery to send, if one may be sent now. It is in flight until {@link finish}. */
  startNext(): QueuedDelivery | undefined {
    if (!this.canSend) return undefined;
    const delivery = this.#waiting.next();
    if (delivery === undefined) return undefined;
    delivery.startedAtMs = this.#now();
    delivery.isHalfOpenTrial = this.isCircuitOpen;
    if (delivery.isHalfOpenTrial) this.#circuit.trialStarted(delivery.startedAtMs);
    this.#inFlight.add(delivery);
    return delivery;
  }

  finish(delivery: QueuedDelivery, signal: ResponseSignal): void {
    this.#inFlight.delete(delivery);
    this.#usedAtMs = this.#now();
    const tookMs = this.#usedAtMs - delivery.startedAtMs;
    if (signal !== 'unsent') {
      this.#tookMs = tookMs;
      this.#wasGood = signal === 'good';
    }
    if (signal === 'good') this.#succeeded(tookMs);
    if (signal === 'overloaded') this.#failed(delivery.startedAtMs);
  }

  /** Removes and returns the deliveries that wait for an endpoint that is held, hangs or fails, but for a few. */
  spill(): QueuedDelivery[] {
    if (this.#isHeld) {
      const isShort = this.#heldUntilMs - this.#now() <= SHORT_HOLD_SECONDS * 1000;
      return this.#waiting.spill(isShort ? KEPT_WHILE_OPEN : 0);
    }
    if (this.isCircuitOpen) return this.#waiting.spill(KEPT_WHILE_OPEN);
    return this.#isHanging ? this.#waiting.spill(this.#window.size) : [];
  }

  /** Removes and returns the waiting deliveries whose leases end before `deadlineMs`, by the monotonic clock. */
  extractLeasedUntil(deadlineMs: number): QueuedDelivery[] {
    return this.#waiting.extract(({ lease }) => lease.expiresAtMs < deadlineMs);
  }

  #succeeded(tookMs: number): void {
    if (this.isCircuitOpen) this.#window.restart();
    else if (!this.#isHeld) this.#window.increase(tookMs);
    this.#circuit.succeeded();
  }

  #failed(startedAtMs: number): void {
    this.#window.decrease({ startedAtMs, nowMs: this.#now() });
    this.#circuit.failed();
  }

  /** Whether the last answer was good, and not so late that its send hung. */
  get #wasWell(): boolean {
    return this.#wasGood && (this.#tookMs ?? 0) < HANGING_AFTER_MS;
  }

  get #isHeld(): boolean {
    return this.#heldUntilMs > 0 && this.#now() < this.#heldUntilMs;
  }

  get #isHanging(): boolean {
    return this.#oldestInFlightMs >= HANGING_AFTER_MS;
  }

  get #oldestInFlightMs(): number {
    const [oldest] = this.#inFlight;
    return oldest === undefined ? 0 : this.#now() - oldest.startedAtMs;
  }

  /** A second send tells whether a hanging endpoint always hangs; a third would only hang too. */
  get #isStuck(): boolean {
    return this.#inFlight.size >= 2 && this.#isHanging;
  }

  #now(): number {
    return this.#clock.monotonicNow();
  }
}
