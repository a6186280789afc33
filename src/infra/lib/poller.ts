interface Options {
  /** Does the work that is due. Answers whether more is known to be left: then it is called again at once. */
  poll: () => Promise<boolean>;
  intervalMs: number;
  onError: (error: unknown) => void;
}

/** Polls at once and then at an interval, one poll at a time. A poll that fails does not end the polling. */
export class Poller {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> = Promise.resolve();
  #isStopped = false;
  #isPolling = false;
  #isWoken = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** A poll of many steps asks this between them, so that it ends early. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(): void {
    this.#polling = this.#poll();
  }

  /** Polls at once, and again when a poll is under way, which may have looked too early. After {@link start}. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isPolling || this.#isStopped || this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.start();
  }

  /** Resolves when the poll under way has ended, also when it failed. */
  async idle(): Promise<void> {
    await this.#polling;
  }

  /** Resolves when the poll under way has ended; no other follows. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.idle();
  }

  async #poll(): Promise<void> {
    const { poll, intervalMs, onError } = this.#options;
    this.#isPolling = true;
    try {
      this.#takeWake();
      while (!this.#isStopped && ((await poll()) || this.#takeWake()));
    } catch (error) {
      onError(error);
    }
    this.#isPolling = false;
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.start();
    }, intervalMs);
  }

  /** Whether it was woken since this was asked last. */
  #takeWake(): boolean {
    const wasWoken = this.#isWoken;
    this.#isWoken = false;
    return wasWoken;
  }
}
