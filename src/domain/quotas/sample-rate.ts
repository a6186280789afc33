import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import { lru } from '#src/infra/lib/lru.ts';
import { takeTokens } from './take-tokens.ts';
import {
  capacityOf,
  fullBucket,
  rateStateOf,
  retryAfterSeconds,
  type RateState,
  type TokenBucket,
} from './token-bucket.ts';

/** Samples a second: more than a person clicks. */
const RATE = FIXED_LIMITS.testsAMinute.max / 60;
const MAX_ACCOUNTS = 50_000;

/**
 * The rate limit of samples, the same on every plan, because samples go past the publish rate and the queues.
 * Each takes one query on a token bucket that all processes share, which is little beside the attempt that follows.
 */
export class SampleRate {
  readonly #deps: { pool: Pool; clock: Clock };
  readonly #buckets = lru<TokenBucket>(MAX_ACCOUNTS);

  constructor(deps: { pool: Pool; clock: Clock }) {
    this.#deps = deps;
  }

  /** Throws TooManyRequests when the account's bucket is empty. */
  async take(accountId: string): Promise<void> {
    const { clock, pool } = this.#deps;
    const nowMs = clock.now();
    const one = { table: 'test_rates', accountId, rate: RATE, need: 1, want: 1, nowMs } as const;
    const { granted, left } = await takeTokens(pool, one);
    const bucket = { rate: RATE, held: 0, left, refreshedAtMs: nowMs };
    this.#buckets.set(accountId, bucket);
    if (granted > 0) return;
    const seconds = retryAfterSeconds(bucket, { count: 1, nowMs });
    throw new TooManyRequests(
      `An account may send ${String(capacityOf(RATE))} tests a minute. This one was not sent: try again in ${seconds === 1 ? 'a second' : `${String(seconds)} seconds`}.`,
      { code: 'rate_limited', retryAfterSeconds: seconds },
    );
  }

  /** As far as this process knows, without a query. */
  stateOf(accountId: string): RateState {
    return rateStateOf(this.#buckets.get(accountId) ?? fullBucket(RATE), this.#deps.clock.now());
  }
}
