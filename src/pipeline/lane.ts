import type { Clock } from '../lib/clock.ts';
import type { Work } from './work.ts';

/** Sends in flight to one endpoint: how many at first, and at most; below the sockets that it has of its own. */
const FIRST_WINDOW = 4;
const MAX_WINDOW = 32;
/** From here on a send that is under way counts as one that hangs. */
const SLOW_MS = 1000;

const COMPACT_FROM = 256;

/** How a send went, as far as the endpoint's window cares. */
export type Reception = 'good' | 'overloaded' | 'unsent';

/**
 * The deliveries of one endpoint that this process holds: those that wait, and those that are under way. Its window
 * opens by one with every good answer and halves with every other, so a receiver gets what it can take.
 */
export class Lane {
  readonly endpointId: string;
  readonly accountId: string;
  /** Whether it has its turn to come. */
  isOffered = false;
  /** When it last had something to do. */
  usedAtMs: number;
  readonly #clock: Clock;
  #queue: Work[] = [];
  #head = 0;
  /** When each send that is under way began, oldest first. */
  readonly #startedAtMs = new Map<Work, number>();
  #window = FIRST_WINDOW;

  constructor(ids: { endpointId: string; accountId: string }, clock: Clock) {
    this.endpointId = ids.endpointId;
    this.accountId = ids.accountId;
    this.#clock = clock;
    this.usedAtMs = clock.monotonicNow();
  }

  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  get canSend(): boolean {
    return this.waiting > 0 && this.#startedAtMs.size < this.#window && !this.#isStuck;
  }

  get isEmpty(): boolean {
    return this.waiting === 0 && this.#startedAtMs.size === 0;
  }

  push(work: Work): void {
    this.usedAtMs = this.#clock.monotonicNow();
    this.#queue.push(work);
  }

  /** The next delivery to send, which then is under way until {@link done}. */
  take(): Work | undefined {
    if (!this.canSend) return undefined;
    const work = this.#queue[this.#head];
    if (work === undefined) return undefined;
    this.#head += 1;
    this.#startedAtMs.set(work, this.#clock.monotonicNow());
    this.#compact();
    return work;
  }

  done(work: Work, reception: Reception): void {
    this.#startedAtMs.delete(work);
    this.usedAtMs = this.#clock.monotonicNow();
    if (reception === 'good') this.#window = Math.min(MAX_WINDOW, this.#window + 1);
    if (reception === 'overloaded') this.#window = Math.max(1, Math.floor(this.#window / 2));
  }

  /** Takes out what waits for a receiver that hangs, but for one window of it; the latest first. */
  shed(): Work[] {
    if (!this.#isHanging) return [];
    return this.#queue.splice(this.#head + Math.min(this.waiting, this.#window));
  }

  /** Lets go of what was sent: a lane that always has one more waiting would keep all of it. */
  #compact(): void {
    if (this.#head < COMPACT_FROM || this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  get #isHanging(): boolean {
    const [oldestMs] = this.#startedAtMs.values();
    return oldestMs !== undefined && this.#clock.monotonicNow() - oldestMs >= SLOW_MS;
  }

  /** A second send to a receiver that hangs tells whether it always does; a third would only be held up too. */
  get #isStuck(): boolean {
    return this.#isHanging && this.#startedAtMs.size >= 2;
  }
}
