import type { Pool } from 'pg';
import type { Plan } from '#src/domain/plans/plans.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import { lru } from '#src/infra/lib/lru.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { takeTokens } from './take-tokens.ts';
import {
  fullBucket,
  rateStateOf,
  retryAfterSeconds,
  secondsUntil,
  type RateState,
  type TokenBucket,
} from './token-bucket.ts';

const MAX_ACCOUNTS = 50_000;
/** Held tokens older than this are dropped, because the shared bucket has filled meanwhile. */
const MAX_HELD_MS = 10_000;
/** While too few tokens are left, the shared bucket is read at most this often, so that a flood costs few queries. */
const REFRESH_AFTER_MS = 200;
/** A portion is at least the rate divided by this. */
const MAX_PORTIONS_A_SECOND = 10;

/** One process's part of an account's bucket, with the calls that wait for it. A token is a message. */
interface Bucket extends TokenBucket {
  /** Messages admitted since the last refresh. */
  used: number;
  /** Messages of the calls that wait in the queue. */
  queued: number;
  /** The last call in the queue; null when none waits. */
  queue: Promise<unknown> | null;
}

/**
 * The publish rate of accounts: a token bucket each, shared by all processes, which holds a minute of the plan's rate.
 * A process takes tokens in portions, for about a second of its traffic, so that a message costs no query.
 */
export class PublishRate {
  readonly #deps: { pool: Pool; clock: Clock; logger: Logger };
  readonly #buckets = lru<Bucket>(MAX_ACCOUNTS);

  constructor(deps: { pool: Pool; clock: Clock; logger: Logger }) {
    this.#deps = deps;
  }

  /** Admits `count` messages, all or none. Throws TooManyRequests when the bucket has too few tokens. */
  async take(accountId: string, { publishRate: rate }: Plan, count: number): Promise<void> {
    const bucket = this.#bucketOf(accountId, rate);
    if (bucket.queue !== null || bucket.held < count) await this.#queue(bucket, { accountId, count });
    else use(bucket, count);
  }

  /** As far as this process knows, without a query. */
  stateOf(accountId: string, { publishRate: rate }: Plan): RateState {
    return rateStateOf(this.#bucketOf(accountId, rate), this.#deps.clock.now());
  }

  /** Serves calls in the order of their arrival, so that one refresh takes tokens for all that wait. */
  async #queue(bucket: Bucket, asked: { accountId: string; count: number }): Promise<void> {
    bucket.queued += asked.count;
    const served = (bucket.queue ?? Promise.resolve()).then(async () => {
      bucket.queued -= asked.count;
      return this.#serve(bucket, asked);
    });
    const queue = served.catch(() => undefined);
    bucket.queue = queue;
    try {
      await served;
    } finally {
      if (bucket.queue === queue) bucket.queue = null;
    }
  }

  async #serve(bucket: Bucket, { accountId, count }: { accountId: string; count: number }): Promise<void> {
    const { clock } = this.#deps;
    if (bucket.held < count && !isKnownToBeShort(bucket, { count, nowMs: clock.now() })) {
      await this.#refresh(bucket, { accountId, need: count - bucket.held });
    }
    if (bucket.held < count) throw tooFast(bucket, { count, nowMs: clock.now() });
    use(bucket, count);
  }

  /** Takes a portion from the shared bucket, enlarged by what the queue asks for. */
  async #refresh(bucket: Bucket, { accountId, need }: { accountId: string; need: number }): Promise<void> {
    const { clock, logger, pool } = this.#deps;
    const { rate } = bucket;
    const nowMs = clock.now();
    const want = need + bucket.queued + portionOf(bucket, nowMs);
    // Fails open while the database is away, because nothing that is admitted can be committed then.
    const { granted, left } = await takeTokens(pool, {
      table: 'publish_rates',
      accountId,
      rate,
      need,
      want,
      nowMs,
    }).catch((error: unknown) => {
      logger.warn({ err: error }, 'the publish rate of an account could not be read');
      return { granted: want, left: bucket.left };
    });
    Object.assign(bucket, { held: bucket.held + granted, left, refreshedAtMs: nowMs, used: 0 });
  }

  #bucketOf(accountId: string, rate: number): Bucket {
    const nowMs = this.#deps.clock.now();
    let bucket = this.#buckets.get(accountId);
    if (bucket?.rate !== rate) {
      bucket = { ...fullBucket(rate), used: 0, queued: 0, queue: null };
      this.#buckets.set(accountId, bucket);
    }
    if (Math.abs(nowMs - bucket.refreshedAtMs) > MAX_HELD_MS) bucket.held = 0;
    return bucket;
  }
}

function use(bucket: Bucket, count: number): void {
  bucket.held -= count;
  bucket.used += count;
}

/** Messages: twice a second of recent traffic, so that the portion grows with it. */
function portionOf({ rate, used, refreshedAtMs }: Bucket, nowMs: number): number {
  const perSecond = used / Math.max(1, Math.abs(nowMs - refreshedAtMs) / 1000);
  return Math.min(rate, Math.max(rate / MAX_PORTIONS_A_SECOND, 2 * perSecond));
}

/** Whether the last refresh is recent, and the bucket cannot have enough tokens yet. */
function isKnownToBeShort(bucket: Bucket, { count, nowMs }: { count: number; nowMs: number }): boolean {
  return (
    Math.abs(nowMs - bucket.refreshedAtMs) < REFRESH_AFTER_MS && secondsUntil(bucket, { count, nowMs }) > 0
  );
}

function tooFast(bucket: Bucket, asked: { count: number; nowMs: number }): TooManyRequests {
  const { rate } = bucket;
  return new TooManyRequests(
    `Your plan takes ${String(rate)} messages a second, averaged over a minute. Nothing of this request was taken: ` +
      'send it again after the seconds in Retry-After.',
    { code: 'rate_limited', retryAfterSeconds: retryAfterSeconds(bucket, asked) },
  );
}
