import { createHmac, hash, hkdfSync } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { PoolClient } from 'pg';
import { Op } from 'sequelize';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import type { Models } from '#src/domain/models.ts';
import type { ApiKey } from './api-key.ts';
import { type Scope, SCOPES } from './scopes.ts';

/** Whom a key speaks for. */
export interface Caller {
  accountId: string;
  apiKeyId: string;
  scopes: readonly Scope[];
}

interface CachedCaller {
  caller: Caller | null;
  expiresAtMs: number;
}

/** A hit is trusted this long even when no announcement of a change arrives; a miss much shorter. */
const CACHED_MS = 10_000;
const CACHED_MISS_MS = 1000;
const PREFIX_LENGTH = 11;

interface NewKey {
  name: string;
  key: string;
  /** Of a resource's key; null for one that a customer made. */
  generation: number | null;
  /** Whether it is in the config of the customer's apps already, as the answer to a provision puts it there. */
  isInConfig: boolean;
  /** By default all. */
  scopes?: readonly Scope[];
  expiresAt?: Date | null;
  /** By default drawn. */
  id?: string;
}

/** The bearer keys of the API: random to whoever does not hold APP_SECRET, stored as SHA-256 only. */
export class ApiKeys {
  readonly #models: Models;
  readonly #clock: Clock;
  readonly #derivationKey: Buffer;
  readonly #cache = new LRUCache<string, CachedCaller>({ max: 50_000, ttl: CACHED_MS });
  /** Counts what was forgotten: what was read before that may be old. */
  #forgotten = 0;

  constructor({ models, clock, appSecret }: { models: Models; clock: Clock; appSecret: Secret }) {
    this.#models = models;
    this.#clock = clock;
    this.#derivationKey = Buffer.from(hkdfSync('sha256', appSecret.reveal(), '', 'api-key', 32));
  }

  /**
   * The key of a Heroku resource; each rotation makes the next generation. Derived, not drawn, because a repeated
   * provision must answer the current key although only its hash is stored.
   */
  keyForResource(resourceId: string, generation = 1): string {
    const name = generation === 1 ? resourceId : `${resourceId}:${String(generation)}`;
    return `hh_${createHmac('sha256', this.#derivationKey).update(name).digest('base64url')}`;
  }

  /**
   * Keeps the hash of `key` for the account; once, however often it is asked. A revoked key stays revoked. Answers its id,
   * null when it was there.
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

  /** Who `key` speaks for, or null. Cached: costs a hash at most times, one indexed query otherwise. */
  async authenticate(key: string): Promise<Caller | null> {
    const keyHash = hashOf(key);
    const cacheKey = keyHash.toString('base64');
    const cached = this.#cache.get(cacheKey);
    // A key that expires while it is cached is announced by nobody.
    if (cached !== undefined) return this.#clock.now() < cached.expiresAtMs ? cached.caller : null;
    const forgotten = this.#forgotten;
    const found = await this.#find(keyHash);
    const caller =
      found === null ? null : { accountId: found.accountId, apiKeyId: found.id, scopes: found.scopes };
    const expiresAtMs = found?.expiresAt?.getTime() ?? Infinity;
    // Revoked while it was read, perhaps: the announcement has come already, and would not come again.
    if (forgotten === this.#forgotten)
      this.#cache.set(
        cacheKey,
        { caller, expiresAtMs },
        { ttl: caller === null ? CACHED_MISS_MS : CACHED_MS },
      );
    return caller;
  }

  /** Forgets what is cached: of one account after its keys changed, or all. */
  forget(accountId?: string): void {
    this.#forgotten += 1;
    if (accountId === undefined) {
      this.#cache.clear();
      return;
    }
    for (const [cacheKey, { caller }] of this.#cache.entries()) {
      if (caller?.accountId === accountId) this.#cache.delete(cacheKey);
    }
  }

  async #find(keyHash: Buffer): Promise<ApiKey | null> {
    return this.#models.ApiKey.findOne({
      where: {
        keyHash,
        revokedAt: null,
        expiresAt: { [Op.or]: [null, { [Op.gt]: new Date(this.#clock.now()) }] },
      },
    });
  }
}

function hashOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
