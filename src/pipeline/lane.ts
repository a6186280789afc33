import type { Work } from './work.ts';

/** Sends in flight to one endpoint; below the sockets per origin, so that endpoints of one origin cannot starve each other. */
const WINDOW = 32;

/** The deliveries of one endpoint that this process holds: those that wait, and how many are under way. */
export class Lane {
  readonly endpointId: string;
  /** Whether the dispatcher has it in its round. */
  isOffered = false;
  #queue: Work[] = [];
  #head = 0;
  #inFlight = 0;

  constructor(endpointId: string) {
    this.endpointId = endpointId;
  }

  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  get canSend(): boolean {
    return this.waiting > 0 && this.#inFlight < WINDOW;
  }

  get isEmpty(): boolean {
    return this.waiting === 0 && this.#inFlight === 0;
  }

  push(work: Work): void {
    this.#queue.push(work);
  }

  /** The next delivery to send, which then is under way until {@link done}. */
  take(): Work | undefined {
    if (!this.canSend) return undefined;
    const work = this.#queue[this.#head];
    this.#head += 1;
    this.#inFlight += 1;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    return work;
  }

  done(): void {
    this.#inFlight -= 1;
  }
}
