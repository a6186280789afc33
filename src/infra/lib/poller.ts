interface Options {
  /** Does what there is to do. Answers whether more is known to be left: then it is called again at once. */
  poll: () => Promise<boolean>;
  intervalMs: number;
  onError: (error: unknown) => void;
}

/** Looks at once and then from time to time, one look at a time, also after one that failed. */
export class Poller {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** For a look of many steps, that it may end early. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(): void {
    this.#looking = this.#look();
  }

  /** Ends when a look that is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { poll: look, intervalMs: everyMs, onError } = this.#options;
    try {
      while (!this.#isStopped && (await look()));
    } catch (error) {
      onError(error);
    }
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.start();
    }, everyMs);
  }
}
