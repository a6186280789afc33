import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { BURST_SECONDS, type Plan } from '#src/domain/plans/plans.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { takeTokens } from './take-tokens.ts';

const MAX_ACCOUNTS = 50_000;
/** Tokens that were taken and not used are let go: the bucket is full again by then. */
const HELD_MS = 10_000;
/** While too few are left the bucket is looked at this often: it fills meanwhile, and a flood costs nothing. */
const LOOK_EVERY_MS = 200;
/** A portion is at least this share of a second's messages. */
const MIN_SHARE = 10;

/** An account's tokens as one process sees them. */
interface Bucket {
  rate: number;
  /** Taken by this process, and not used yet. */
  held: number;
  /** What all processes share held after the last look. */
  left: number;
  lookedAtMs: number;
  /** Let through since then. */
  used: number;
  /** Asked for by those in line. */
  wanted: number;
  line: Promise<unknown> | null;
}

/** How much may be posted now, as an answer tells it. */
export interface RateState {
  limit: number;
  windowSeconds: number;
  remaining: number;
  /** Until all of it may be. */
  resetSeconds: number;
}

/**
 * The publish rate of accounts: a token bucket each, shared by all processes, of the messages that a plan allows in a
 * minute. A process takes tokens in portions, for about a second of what it lets through; so a message costs no query.
 */
export class PublishRate {
  readonly #deps: { pool: Pool; clock: Clock; logger: Logger };
  readonly #buckets = new LRUCache<string, Bucket>({ max: MAX_ACCOUNTS });

  constructor(deps: { pool: Pool; clock: Clock; logger: Logger }) {
    this.#deps = deps;
  }

  /** Lets `count` messages through, all or none. Throws TooManyRequests when they come too fast. */
  async take(accountId: string, { publishRate: rate }: Plan, count: number): Promise<void> {
    const bucket = this.#bucketOf(accountId, rate);
    if (bucket.line !== null || bucket.held < count) await this.#standInLine(bucket, { accountId, count });
    else use(bucket, count);
  }

  /** As far as this process knows. */
  stateOf(accountId: string, { publishRate: rate }: Plan): RateState {
    const { held, left, lookedAtMs } = this.#bucketOf(accountId, rate);
    const limit = rate * BURST_SECONDS;
    const gained = (Math.max(0, this.#deps.clock.now() - lookedAtMs) / 1000) * rate;
    const remaining = Math.floor(Math.min(limit, held + left + gained));
    return {
      limit,
      windowSeconds: BURST_SECONDS,
      remaining,
      resetSeconds: Math.ceil((limit - remaining) / rate),
    };
  }

  /** In the order in which they came, so that a look takes tokens for all who wait. */
  async #standInLine(bucket: Bucket, asked: { accountId: string; count: number }): Promise<void> {
    bucket.wanted += asked.count;
    const turn = (bucket.line ?? Promise.resolve()).then(async () => {
      bucket.wanted -= asked.count;
      return this.#serve(bucket, asked);
    });
    const line = turn.catch(() => undefined);
    bucket.line = line;
    try {
      await turn;
    } finally {
      if (bucket.line === line) bucket.line = null;
    }
  }

  async #serve(bucket: Bucket, { accountId, count }: { accountId: string; count: number }): Promise<void> {
    const { clock } = this.#deps;
    if (bucket.held < count && !isKnownToBeShort(bucket, { count, nowMs: clock.now() })) {
      await this.#look(bucket, { accountId, need: count - bucket.held });
    }
    if (bucket.held < count) throw tooFast(bucket, { count, nowMs: clock.now() });
    use(bucket, count);
  }

  /** Takes a portion from what all processes share; more when others are in line. */
  async #look(bucket: Bucket, { accountId, need }: { accountId: string; need: number }): Promise<void> {
    const { clock, logger, pool } = this.#deps;
    const { rate } = bucket;
    const nowMs = clock.now();
    const wish = need + bucket.wanted + portionOf(bucket, nowMs);
    // Fails open: while the database is away nothing that is let through can be committed.
    const { granted, left } = await takeTokens(pool, {
      table: 'publish_rates',
      accountId,
      rate,
      need,
      wish,
      nowMs,
    }).catch((error: unknown) => {
      logger.warn({ err: error }, 'the publish rate of an account could not be looked up');
      return { granted: wish, left: bucket.left };
    });
    Object.assign(bucket, { held: bucket.held + granted, left, lookedAtMs: nowMs, used: 0 });
  }

  #bucketOf(accountId: string, rate: number): Bucket {
    const nowMs = this.#deps.clock.now();
    let bucket = this.#buckets.get(accountId);
    if (bucket?.rate !== rate) {
      const left = rate * BURST_SECONDS;
      bucket = { rate, held: 0, left, lookedAtMs: -Infinity, used: 0, wanted: 0, line: null };
      this.#buckets.set(accountId, bucket);
    }
    if (Math.abs(nowMs - bucket.lookedAtMs) > HELD_MS) bucket.held = 0;
    return bucket;
  }
}

function use(bucket: Bucket, count: number): void {
  bucket.held -= count;
  bucket.used += count;
}

/** For a second at the speed of late; twice that, so that it grows with it. */
function portionOf({ rate, used, lookedAtMs }: Bucket, nowMs: number): number {
  const perSecond = used / Math.max(1, Math.abs(nowMs - lookedAtMs) / 1000);
  return Math.min(rate, Math.max(rate / MIN_SHARE, 2 * perSecond));
}

/** Whether the last look was just now, and there cannot be enough yet. */
function isKnownToBeShort(bucket: Bucket, { count, nowMs }: { count: number; nowMs: number }): boolean {
  return Math.abs(nowMs - bucket.lookedAtMs) < LOOK_EVERY_MS && secondsUntil(bucket, { count, nowMs }) > 0;
}

function tooFast(bucket: Bucket, asked: { count: number; nowMs: number }): TooManyRequests {
  const { rate } = bucket;
  return new TooManyRequests(
    `Your plan takes ${String(rate)} messages a second, averaged over a minute. Nothing of this request was taken: ` +
      'send it again after the seconds in Retry-After.',
    { code: 'rate_limited', retryAfterSeconds: Math.max(1, Math.ceil(secondsUntil(bucket, asked))) },
  );
}

function secondsUntil(bucket: Bucket, { count, nowMs }: { count: number; nowMs: number }): number {
  const { held, left, lookedAtMs, rate } = bucket;
  const needed = Math.min(count - held, rate * BURST_SECONDS);
  return (needed - left) / rate - (nowMs - lookedAtMs) / 1000;
}
