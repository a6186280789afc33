/** How many rows of an account a process may write: a token bucket. */
interface ShareSize {
  /** Tokens of a full bucket. */
  burst: number;
  /** Milliseconds until one more token. */
  everyMs: number;
}

/** The bucket of one account. It counts in milliseconds, so that one number is its whole state. */
export class Share {
  readonly #size: ShareSize;
  /** When the bucket is full again. */
  #fullAtMs = -Infinity;

  constructor(size: ShareSize) {
    this.#size = size;
  }

  /** Takes a token, if there is one. `nowMs`: of a monotonic clock. */
  take(nowMs: number): boolean {
    const { burst, everyMs } = this.#size;
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + everyMs;
    if (fullAtMs - nowMs > burst * everyMs) return false;
    this.#fullAtMs = fullAtMs;
    return true;
  }
}
