import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { BURST_SECONDS } from '#src/domain/plans/plans.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import type { RateState } from './publish-rate.ts';
import { takeTokens } from './take-tokens.ts';

/** Samples a second, so 60 a minute: more than a person clicks, and too few to replace messages that are paid for. */
const RATE = 1;
const LIMIT = RATE * BURST_SECONDS;
const MAX_ACCOUNTS = 50_000;

/**
 * The rate limit of samples, the same on every plan, because samples count in neither the quota nor the publish rate.
 * Each takes one query on a token bucket that all processes share, which is little beside the attempt that follows.
 */
export class SampleRate {
  readonly #deps: { pool: Pool; clock: Clock };
  readonly #known = new LRUCache<string, { left: number; refreshedAtMs: number }>({ max: MAX_ACCOUNTS });

  constructor(deps: { pool: Pool; clock: Clock }) {
    this.#deps = deps;
  }

  /** Throws TooManyRequests when the account's bucket is empty. */
  async take(accountId: string): Promise<void> {
    const { clock, pool } = this.#deps;
    const nowMs = clock.now();
    const one = { table: 'test_rates', accountId, rate: RATE, need: 1, want: 1, nowMs } as const;
    const { granted, left } = await takeTokens(pool, one);
    this.#known.set(accountId, { left, refreshedAtMs: nowMs });
    if (granted > 0) return;
    throw new TooManyRequests(
      `An account may send ${String(LIMIT)} tests a minute. This one was not sent: try again after the seconds in Retry-After.`,
      { code: 'rate_limited', retryAfterSeconds: Math.max(1, Math.ceil((1 - left) / RATE)) },
    );
  }

  /** As far as this process knows, without a query. */
  stateOf(accountId: string): RateState {
    const { left, refreshedAtMs } = this.#known.get(accountId) ?? { left: LIMIT, refreshedAtMs: 0 };
    const gained = (Math.max(0, this.#deps.clock.now() - refreshedAtMs) / 1000) * RATE;
    const remaining = Math.floor(Math.min(LIMIT, left + gained));
    const resetSeconds = Math.ceil((LIMIT - remaining) / RATE);
    return { limit: LIMIT, windowSeconds: BURST_SECONDS, remaining, resetSeconds };
  }
}
