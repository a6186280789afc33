import { createHmac, hash, hkdfSync } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { lru } from '#src/infra/lib/lru.ts';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { type Scope, SCOPES } from './api-key.ts';
import { findKeyByHash } from './api-key-rows.ts';

/** The account that a key authenticates as, and what the key may do. */
export interface Caller {
  accountId: string;
  apiKeyId: string;
  scopes: readonly Scope[];
}

/** The owner of a key; null for a key that nobody has. */
interface CachedOwner {
  owner: Caller | null;
  /** When the key ends; -Infinity when it was revoked. */
  worksUntilMs: number;
}

/** How long a hit and a miss are cached. A revocation drops the entry by NOTIFY; this bounds a missed one. */
const CACHED_MS = 10_000;
const CACHED_MISS_MS = 1000;
/** Of keys that are not cached. Fewer than the connections, so that wrong keys leave some to others. */
const LOOK_UPS_AT_ONCE = 3;
const PREFIX_LENGTH = 11;

interface NewKey {
  name: string;
  key: string;
  /** Of a resource's key; null for a named key. */
  generation: number | null;
  /** Whether the config of the customer's apps has the key: the answer to a provision puts it there. */
  isInConfig: boolean;
  /** All by default. */
  scopes?: readonly Scope[];
  expiresAt?: Date | null;
  /** A new one by default. */
  id?: string;
}

/** The bearer keys of the API. They cannot be guessed without APP_SECRET, and only their SHA-256 is stored. */
export class ApiKeys {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #derivationKey: Buffer;
  readonly #cache = lru<CachedOwner>(50_000, { ttlMs: CACHED_MS });
  /**
   * Keys that were valid by account, the others by address, in a round robin: a flood of wrong keys from an address
   * delays neither another's first request nor, behind the same address, a caller who was let in before.
   */
  readonly #lookUp = createSemaphore(LOOK_UPS_AT_ONCE);
  /** The account of each key that was valid when it was looked up last; it tells nothing of what holds now. */
  readonly #accountIds = lru<string>(50_000);
  /** Raised by each invalidation, because a read that began before it may be stale. */
  #generation = 0;

  constructor({ pool, clock, appSecret }: { pool: Pool; clock: Clock; appSecret: Secret }) {
    this.#pool = pool;
    this.#clock = clock;
    this.#derivationKey = Buffer.from(hkdfSync('sha256', appSecret.reveal(), '', 'api-key', 32));
  }

  /**
   * The key of a Heroku resource; each rotation makes the next generation. Derived, not random, because a repeated
   * provision must answer the current key, of which only the hash is stored.
   */
  keyForResource(resourceId: string, generation = 1): string {
    const name = generation === 1 ? resourceId : `${resourceId}:${String(generation)}`;
    return `hh_${createHmac('sha256', this.#derivationKey).update(name).digest('base64url')}`;
  }

  /**
   * Stores the hash of `key` for the account. Idempotent; a revoked key stays revoked. Answers the key's id, or null
   * when the key was stored before.
   */
  async add(client: PoolClient, accountId: string, input: NewKey): Promise<string | null> {
    const { name, key, generation, isInConfig, scopes = SCOPES, expiresAt = null } = input;
    const now = new Date(this.#clock.now());
    const { rows } = await client.query<{ id: string }>(
      `insert into api_keys (id, account_id, name, prefix, key_hash, created_at, generation, config_updated_at, scopes,
         expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning id`,
      [
        input.id ?? uuidv7(this.#clock.now()),
        accountId,
        name,
        key.slice(0, PREFIX_LENGTH),
        hashOf(key),
        now,
        generation,
        isInConfig ? now : null,
        scopes,
        expiresAt,
      ],
    );
    return rows[0]?.id ?? null;
  }

  /**
   * The caller of `key`, which came from `address`; null when the key does not work. A cache hit costs a hash, a miss
   * one indexed query.
   */
  async authenticate(key: string, address?: string): Promise<Caller | null> {
    const keyHash = hashOf(key);
    const cacheKey = keyHash.toString('base64');
    const cached = this.#cache.get(cacheKey);
    // No trigger announces that a key expired.
    if (cached !== undefined) return this.#callerIn(cached);
    const generation = this.#generation;
    const line = this.#accountIds.get(cacheKey) ?? address;
    const found = await this.#lookUp(() => this.#find(keyHash), line);
    const caller = this.#callerIn(found);
    if (caller !== null) this.#accountIds.set(cacheKey, caller.accountId);
    // After an invalidation meanwhile the key may have been revoked: its notification does not come again.
    if (generation === this.#generation) {
      const ttl = caller === null ? CACHED_MISS_MS : CACHED_MS;
      this.#cache.set(cacheKey, found, { ttl });
    }
    return caller;
  }

  /** Whose the key was that {@link authenticate} has just refused; undefined for a key that nobody had. */
  formerOwner(key: string): Caller | undefined {
    return this.#cache.get(hashOf(key).toString('base64'))?.owner ?? undefined;
  }

  /** The account of a key that was valid when it was looked up last: for queues, because the key may be revoked. */
  accountOf(key: string): string | undefined {
    return this.#accountIds.get(hashOf(key).toString('base64'));
  }

  /** Drops the cached keys of one account, or all. */
  invalidate(accountId?: string): void {
    this.#generation += 1;
    if (accountId === undefined) {
      this.#cache.clear();
      return;
    }
    for (const [cacheKey, { owner }] of this.#cache.entries()) {
      if (owner?.accountId === accountId) this.#cache.delete(cacheKey);
    }
  }

  #callerIn({ owner, worksUntilMs }: CachedOwner): Caller | null {
    return this.#clock.now() < worksUntilMs ? owner : null;
  }

  async #find(keyHash: Buffer): Promise<CachedOwner> {
    const found = await findKeyByHash(this.#pool, keyHash);
    if (found === null) return { owner: null, worksUntilMs: -Infinity };
    const { id, accountId, scopes, revokedAt, expiresAt } = found;
    return {
      owner: { accountId, apiKeyId: id, scopes },
      worksUntilMs: revokedAt === null ? (expiresAt?.getTime() ?? Infinity) : -Infinity,
    };
  }
}

function hashOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
