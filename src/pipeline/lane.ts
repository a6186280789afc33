import type { Clock } from '../lib/clock.ts';
import type { Work } from './work.ts';

/** Sends in flight to one endpoint; below the sockets per origin, so that endpoints of one origin cannot starve each other. */
const WINDOW = 32;
/** What a receiver is taken to need until it has shown what it does. */
const ASSUMED_LATENCY_MS = 20;
const SMOOTHING = 0.2;
/** From here on it is the receiver that is slow, and not we who are busy. */
const SLOW_MS = 1000;

/** The deliveries of one endpoint that this process holds: those that wait, and those that are under way. */
export class Lane {
  readonly endpointId: string;
  /** Whether the dispatcher has it in its round. */
  isOffered = false;
  readonly #clock: Clock;
  #queue: Work[] = [];
  #head = 0;
  /** When each send that is under way began, oldest first. */
  readonly #startedAtMs = new Map<Work, number>();
  #latencyMs = ASSUMED_LATENCY_MS;

  constructor(endpointId: string, clock: Clock) {
    this.endpointId = endpointId;
    this.#clock = clock;
  }

  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  get canSend(): boolean {
    return this.waiting > 0 && this.#startedAtMs.size < WINDOW;
  }

  get isEmpty(): boolean {
    return this.waiting === 0 && this.#startedAtMs.size === 0;
  }

  /** How many more wait for a slow receiver than its window takes in one go; none wait too many for a quick one. */
  get excess(): number {
    const [oldestMs] = this.#startedAtMs.values();
    const hangingMs = oldestMs === undefined ? 0 : this.#clock.now() - oldestMs;
    if (Math.max(this.#latencyMs, hangingMs) < SLOW_MS) return 0;
    return Math.max(0, this.waiting - WINDOW);
  }

  push(work: Work): void {
    this.#queue.push(work);
  }

  /** The next delivery to send, which then is under way until {@link done}. */
  take(): Work | undefined {
    if (!this.canSend) return undefined;
    const work = this.#queue[this.#head];
    if (work === undefined) return undefined;
    this.#head += 1;
    this.#startedAtMs.set(work, this.#clock.now());
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    return work;
  }

  done(work: Work): void {
    const startedAtMs = this.#startedAtMs.get(work);
    this.#startedAtMs.delete(work);
    if (startedAtMs === undefined) return;
    this.#latencyMs += SMOOTHING * (this.#clock.now() - startedAtMs - this.#latencyMs);
  }

  /** Takes out what {@link excess} is too much, the latest first. */
  shed(): Work[] {
    return this.#queue.splice(this.#queue.length - this.excess);
  }
}
