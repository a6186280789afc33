import type { Clock } from '#src/infra/lib/clock.ts';
import { LiveFirstQueue } from './live-first-queue.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';

/** Sends in flight to one endpoint: how many at first, and at most; below the sockets that it has of its own. */
const INITIAL_WINDOW = 4;
const MAX_WINDOW = 32;
/** From here on a send that is under way counts as one that hangs. */
const SLOW_MS = 1000;
/** An endpoint is failing when so many sends in a row found it overloaded or silent. */
const OPEN_AFTER_FAILURES = 5;
/** What a failing endpoint gets: a trial now and then; several are under way only while it hangs. */
const TRIAL_EVERY_MS = 500;
const MAX_TRIALS = 4;
/** As many as wait for a failing endpoint are sent within seconds; more are put off. */
const KEPT_WHILE_OPEN = 8;
/** For how long what waits is put off: at first, and at most because its endpoint has been failing for long. */
const SNOOZE_SECONDS = 5;
const MAX_SNOOZE_SECONDS = 300;
/** What was put off comes back at this rate, however much it is: each that comes costs two transactions if it is in vain. */
const RETURN_INTERVAL_MS = 50;
const MAX_RETURN_MS = 3_600_000;
/** How long a lane that nothing is sent to, and that waits for nothing to come back, remembers its window; and that its endpoint fails. */
const EVICT_AFTER_MS = 60_000;
const EVICT_OPEN_AFTER_MS = 900_000;

/** How a send went, as far as the endpoint's window cares. */
export type ResponseSignal = 'good' | 'overloaded' | 'unsent';

/** A delivery in a lane. */
export interface QueuedDelivery extends LeasedDelivery {
  /** When its send began. */
  startedAtMs: number;
  /** Sent to a failing endpoint, to see whether it is well again. */
  isHalfOpenTrial: boolean;
}

/**
 * The deliveries of one endpoint that this process holds: those that wait, and those that are under way. Its window
 * opens by one with every good answer and halves with every other, so a receiver gets what it can take. One that fails
 * gets trials only, until one succeeds; then its window opens from one, so that its backlog does not flatten it again.
 */
export class EndpointLane {
  readonly endpointId: string;
  readonly accountId: string;
  /** Whether it has its turn to come. */
  isScheduled = false;
  /** When it last had something to do. */
  #usedAtMs: number;
  readonly #clock: Clock;
  readonly #waiting: LiveFirstQueue<QueuedDelivery>;
  /** What is under way, oldest first. */
  readonly #inFlight = new Set<QueuedDelivery>();
  #window = INITIAL_WINDOW;
  #failuresInRow = 0;
  #failingSinceMs = 0;
  #nextTrialAtMs = 0;
  /** When the last that was put off comes back. */
  #backAtMs = 0;

  constructor(ids: { endpointId: string; accountId: string }, clock: Clock) {
    this.endpointId = ids.endpointId;
    this.accountId = ids.accountId;
    this.#clock = clock;
    this.#waiting = new LiveFirstQueue(clock);
    this.#usedAtMs = clock.monotonicNow();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get isCircuitOpen(): boolean {
    return this.#failuresInRow >= OPEN_AFTER_FAILURES;
  }

  get canSend(): boolean {
    if (this.waiting === 0) return false;
    if (this.isCircuitOpen) return this.#inFlight.size < MAX_TRIALS && this.#now() >= this.#nextTrialAtMs;
    return this.#inFlight.size < this.#window && !this.#isStuck;
  }

  /** Whether nothing is lost with it, not even what it knows about its endpoint. */
  get isEvictable(): boolean {
    if (this.waiting > 0 || this.#inFlight.size > 0 || this.#now() < this.#backAtMs) return false;
    return this.#now() - this.#usedAtMs > (this.isCircuitOpen ? EVICT_OPEN_AFTER_MS : EVICT_AFTER_MS);
  }

  /**
   * For how long the next delivery that is put off is left alone: as long as the endpoint has been failing, within bounds,
   * and until those before it are back.
   */
  snoozeSeconds(): number {
    const now = this.#now();
    const failingForSeconds = this.isCircuitOpen ? (now - this.#failingSinceMs) / 1000 : 0;
    const seconds = Math.min(MAX_SNOOZE_SECONDS, Math.max(SNOOZE_SECONDS, failingForSeconds));
    const inTurnMs = Math.max(now + seconds * 1000, this.#backAtMs + RETURN_INTERVAL_MS);
    this.#backAtMs = Math.min(now + MAX_RETURN_MS, inTurnMs);
    return (this.#backAtMs - now) / 1000;
  }

  push(delivery: QueuedDelivery): void {
    this.#usedAtMs = this.#now();
    this.#waiting.push(delivery);
  }

  /** The next delivery to send, which then is under way until {@link done}. */
  take(): QueuedDelivery | undefined {
    if (!this.canSend) return undefined;
    const delivery = this.#waiting.next();
    if (delivery === undefined) return undefined;
    delivery.startedAtMs = this.#now();
    delivery.isHalfOpenTrial = this.isCircuitOpen;
    if (delivery.isHalfOpenTrial) this.#nextTrialAtMs = delivery.startedAtMs + TRIAL_EVERY_MS;
    this.#inFlight.add(delivery);
    return delivery;
  }

  done(delivery: QueuedDelivery, signal: ResponseSignal): void {
    this.#inFlight.delete(delivery);
    this.#usedAtMs = this.#now();
    if (signal === 'good') this.#succeeded();
    if (signal === 'overloaded') this.#failed();
  }

  /** Takes out what waits for a receiver that hangs or fails, but for a few. */
  spill(): QueuedDelivery[] {
    if (this.isCircuitOpen) return this.#waiting.spill(KEPT_WHILE_OPEN);
    return this.#isHanging ? this.#waiting.spill(this.#window) : [];
  }

  /** Takes out what waits under leases that end before `deadlineMs`, by the monotonic clock. */
  takeLeasedUntil(deadlineMs: number): QueuedDelivery[] {
    return this.#waiting.extract(({ lease }) => lease.expiresAtMs < deadlineMs);
  }

  #succeeded(): void {
    this.#window = this.isCircuitOpen ? 1 : Math.min(MAX_WINDOW, this.#window + 1);
    this.#failuresInRow = 0;
  }

  #failed(): void {
    this.#window = Math.max(1, Math.floor(this.#window / 2));
    this.#failuresInRow += 1;
    if (this.#failuresInRow !== OPEN_AFTER_FAILURES) return;
    this.#failingSinceMs = this.#now();
    this.#nextTrialAtMs = this.#failingSinceMs + TRIAL_EVERY_MS;
  }

  get #isHanging(): boolean {
    const [oldest] = this.#inFlight;
    return oldest !== undefined && this.#now() - oldest.startedAtMs >= SLOW_MS;
  }

  /** A second send to a receiver that hangs tells whether it always does; a third would only be held up too. */
  get #isStuck(): boolean {
    return this.#inFlight.size >= 2 && this.#isHanging;
  }

  #now(): number {
    return this.#clock.monotonicNow();
  }
}
