import type { Clock } from '#src/infra/lib/clock.ts';
import { Waiting } from './live-first-queue.ts';
import type { Work } from '#src/domain/deliveries/pending-delivery.ts';

/** Sends in flight to one endpoint: how many at first, and at most; below the sockets that it has of its own. */
const FIRST_WINDOW = 4;
const MAX_WINDOW = 32;
/** From here on a send that is under way counts as one that hangs. */
const SLOW_MS = 1000;
/** An endpoint is failing when so many sends in a row found it overloaded or silent. */
const FAILING_FROM = 5;
/** What a failing endpoint gets: a trial now and then; several are under way only while it hangs. */
const TRIAL_EVERY_MS = 500;
const MAX_TRIALS = 4;
/** As many as wait for a failing endpoint are sent within seconds; more are put off. */
const KEPT_WHILE_FAILING = 8;
/** For how long what waits is put off: at first, and at most because its endpoint has been failing for long. */
const PUT_OFF_SECONDS = 5;
const MAX_PUT_OFF_SECONDS = 300;
/** What was put off comes back at this rate, however much it is: each that comes costs two transactions if it is in vain. */
const BACK_EVERY_MS = 50;
const BACK_WITHIN_MS = 3_600_000;
/** How long a lane that nothing is sent to, and that waits for nothing to come back, remembers its window; and that its endpoint fails. */
const FORGET_MS = 60_000;
const FORGET_FAILING_MS = 900_000;

/** How a send went, as far as the endpoint's window cares. */
export type Reception = 'good' | 'overloaded' | 'unsent';

/** A delivery in a lane. */
export interface LaneWork extends Work {
  /** When its send began. */
  startedAtMs: number;
  /** Sent to a failing endpoint, to see whether it is well again. */
  isTrial: boolean;
}

/**
 * The deliveries of one endpoint that this process holds: those that wait, and those that are under way. Its window
 * opens by one with every good answer and halves with every other, so a receiver gets what it can take. One that fails
 * gets trials only, until one succeeds; then its window opens from one, so that its backlog does not flatten it again.
 */
export class Lane {
  readonly endpointId: string;
  readonly accountId: string;
  /** Whether it has its turn to come. */
  isOffered = false;
  /** When it last had something to do. */
  #usedAtMs: number;
  readonly #clock: Clock;
  readonly #waiting: Waiting<LaneWork>;
  /** What is under way, oldest first. */
  readonly #underWay = new Set<LaneWork>();
  #window = FIRST_WINDOW;
  #failuresInRow = 0;
  #failingSinceMs = 0;
  #nextTrialAtMs = 0;
  /** When the last that was put off comes back. */
  #backAtMs = 0;

  constructor(ids: { endpointId: string; accountId: string }, clock: Clock) {
    this.endpointId = ids.endpointId;
    this.accountId = ids.accountId;
    this.#clock = clock;
    this.#waiting = new Waiting(clock);
    this.#usedAtMs = clock.monotonicNow();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get isFailing(): boolean {
    return this.#failuresInRow >= FAILING_FROM;
  }

  get canSend(): boolean {
    if (this.waiting === 0) return false;
    if (this.isFailing) return this.#underWay.size < MAX_TRIALS && this.#now() >= this.#nextTrialAtMs;
    return this.#underWay.size < this.#window && !this.#isStuck;
  }

  /** Whether nothing is lost with it, not even what it knows about its endpoint. */
  get isForgettable(): boolean {
    if (this.waiting > 0 || this.#underWay.size > 0 || this.#now() < this.#backAtMs) return false;
    return this.#now() - this.#usedAtMs > (this.isFailing ? FORGET_FAILING_MS : FORGET_MS);
  }

  /**
   * For how long the next delivery that is put off is left alone: as long as the endpoint has been failing, within bounds,
   * and until those before it are back.
   */
  putOffSeconds(): number {
    const now = this.#now();
    const failingForSeconds = this.isFailing ? (now - this.#failingSinceMs) / 1000 : 0;
    const seconds = Math.min(MAX_PUT_OFF_SECONDS, Math.max(PUT_OFF_SECONDS, failingForSeconds));
    const inTurnMs = Math.max(now + seconds * 1000, this.#backAtMs + BACK_EVERY_MS);
    this.#backAtMs = Math.min(now + BACK_WITHIN_MS, inTurnMs);
    return (this.#backAtMs - now) / 1000;
  }

  push(work: LaneWork): void {
    this.#usedAtMs = this.#now();
    this.#waiting.push(work);
  }

  /** The next delivery to send, which then is under way until {@link done}. */
  take(): LaneWork | undefined {
    if (!this.canSend) return undefined;
    const work = this.#waiting.next();
    if (work === undefined) return undefined;
    work.startedAtMs = this.#now();
    work.isTrial = this.isFailing;
    if (work.isTrial) this.#nextTrialAtMs = work.startedAtMs + TRIAL_EVERY_MS;
    this.#underWay.add(work);
    return work;
  }

  done(work: LaneWork, reception: Reception): void {
    this.#underWay.delete(work);
    this.#usedAtMs = this.#now();
    if (reception === 'good') this.#succeeded();
    if (reception === 'overloaded') this.#failed();
  }

  /** Takes out what waits for a receiver that hangs or fails, but for a few. */
  shed(): LaneWork[] {
    if (this.isFailing) return this.#waiting.shed(KEPT_WHILE_FAILING);
    return this.#isHanging ? this.#waiting.shed(this.#window) : [];
  }

  /** Takes out what waits under leases that end before `deadlineMs`, by the monotonic clock. */
  takeLeasedUntil(deadlineMs: number): LaneWork[] {
    return this.#waiting.extract(({ lease }) => lease.expiresAtMs < deadlineMs);
  }

  #succeeded(): void {
    this.#window = this.isFailing ? 1 : Math.min(MAX_WINDOW, this.#window + 1);
    this.#failuresInRow = 0;
  }

  #failed(): void {
    this.#window = Math.max(1, Math.floor(this.#window / 2));
    this.#failuresInRow += 1;
    if (this.#failuresInRow !== FAILING_FROM) return;
    this.#failingSinceMs = this.#now();
    this.#nextTrialAtMs = this.#failingSinceMs + TRIAL_EVERY_MS;
  }

  get #isHanging(): boolean {
    const [oldest] = this.#underWay;
    return oldest !== undefined && this.#now() - oldest.startedAtMs >= SLOW_MS;
  }

  /** A second send to a receiver that hangs tells whether it always does; a third would only be held up too. */
  get #isStuck(): boolean {
    return this.#underWay.size >= 2 && this.#isHanging;
  }

  #now(): number {
    return this.#clock.monotonicNow();
  }
}
