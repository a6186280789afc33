import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { lru } from '#src/infra/lib/lru.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';

/** Requests a second, averaged over {@link BURST_SECONDS}; the address is for looking at webhooks, not for traffic. */
const RATE = FIXED_LIMITS.hookHelperRate.max;
const BURST_SECONDS = 10;
const MAX_HELPERS = 10_000;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** The rate of each Hook Helper, in this process: a token bucket. */
export class ArrivalRate {
  readonly #clock: Pick<Clock, 'monotonicNow'>;
  readonly #buckets = lru<Bucket>(MAX_HELPERS);

  constructor(clock: Pick<Clock, 'monotonicNow'>) {
    this.#clock = clock;
  }

  /** Throws TooManyRequests when the bucket of the Hook Helper is empty. */
  take(helperId: string): void {
    const nowMs = this.#clock.monotonicNow();
    const { tokens, filledAtMs } = this.#buckets.get(helperId) ?? { tokens: Infinity, filledAtMs: nowMs };
    const filled = Math.min(RATE * BURST_SECONDS, tokens + ((nowMs - filledAtMs) / 1000) * RATE);
    const isEmpty = filled < 1;
    this.#buckets.set(helperId, { tokens: isEmpty ? filled : filled - 1, filledAtMs: nowMs });
    if (!isEmpty) return;
    throw new TooManyRequests(
      `A Hook Helper takes ${String(RATE)} requests a second. Send them more slowly.`,
      {
        code: 'rate_limited',
        retryAfterSeconds: 1,
      },
    );
  }
}
