import { BURST_SECONDS } from '#src/domain/plans/plans.ts';

/** An account's token bucket as one process knows it. It holds {@link BURST_SECONDS} of its rate. */
export interface TokenBucket {
  /** Tokens a second. */
  rate: number;
  /** Tokens that this process has taken and not used. */
  held: number;
  /** Tokens of the shared bucket after the last refresh. */
  left: number;
  /** When the shared bucket was last read, by the wall clock; -Infinity before the first time. */
  refreshedAtMs: number;
}

/** The state of a rate limit, as the RateLimit headers tell it. */
export interface RateState {
  /** Tokens that a full bucket holds. */
  limit: number;
  windowSeconds: number;
  /** Tokens that may be used now. */
  remaining: number;
  /** Until the bucket is full again. */
  resetSeconds: number;
}

export const capacityOf = (rate: number) => rate * BURST_SECONDS;

/** A bucket that this process has not read is taken to be full. */
export function fullBucket(rate: number): TokenBucket {
  return { rate, held: 0, left: capacityOf(rate), refreshedAtMs: -Infinity };
}

export function rateStateOf({ rate, held, left, refreshedAtMs }: TokenBucket, nowMs: number): RateState {
  const limit = capacityOf(rate);
  const gained = (Math.max(0, nowMs - refreshedAtMs) / 1000) * rate;
  const remaining = Math.floor(Math.min(limit, held + left + gained));
  return {
    limit,
    windowSeconds: BURST_SECONDS,
    remaining,
    resetSeconds: Math.ceil((limit - remaining) / rate),
  };
}

interface Asked {
  /** Tokens. */
  count: number;
  nowMs: number;
}

/**
 * Seconds until the bucket has `count` tokens, or is full when `count` is more than it holds; negative when it has
 * them.
 */
export function secondsUntil(bucket: TokenBucket, { count, nowMs }: Asked): number {
  const { held, left, refreshedAtMs, rate } = bucket;
  const needed = Math.min(count - held, capacityOf(rate));
  return (needed - left) / rate - (nowMs - refreshedAtMs) / 1000;
}

/** Whole seconds for a Retry-After header, at least 1. */
export function retryAfterSeconds(bucket: TokenBucket, asked: Asked): number {
  return Math.max(1, Math.ceil(secondsUntil(bucket, asked)));
}
