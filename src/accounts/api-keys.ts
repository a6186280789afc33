import { createHmac, hash, hkdfSync } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Pool, PoolClient } from 'pg';
import { Op } from 'sequelize';
import type { Clock } from '../lib/clock.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { Secret } from '../lib/secret.ts';
import type { Models } from '../models.ts';
import type { ApiKey } from './api-key.ts';

/** Whom a key speaks for. */
export interface Caller {
  accountId: string;
  apiKeyId: string;
}

/** A hit is trusted this long even when no announcement of a change arrives; a miss much shorter. */
const CACHED_MS = 10_000;
const CACHED_MISS_MS = 1000;
const PREFIX_LENGTH = 11;

/** The bearer keys of the API: random to whoever does not hold APP_SECRET, stored as SHA-256 only. */
export class ApiKeys {
  readonly #models: Models;
  readonly #clock: Clock;
  readonly #derivationKey: Buffer;
  readonly #cache = new LRUCache<string, { caller: Caller | null }>({ max: 50_000, ttl: CACHED_MS });

  constructor({ models, clock, appSecret }: { models: Models; clock: Clock; appSecret: Secret }) {
    this.#models = models;
    this.#clock = clock;
    this.#derivationKey = Buffer.from(hkdfSync('sha256', appSecret.reveal(), '', 'api-key', 32));
  }

  /**
   * The first key of a Heroku resource. Derived, not drawn, because a repeated provision must answer the same key
   * although only its hash is stored.
   */
  keyForResource(resourceId: string): string {
    return `hh_${createHmac('sha256', this.#derivationKey).update(resourceId).digest('base64url')}`;
  }

  /** Keeps the hash of `key` for the account; once, however often it is asked. A revoked key stays revoked. */
  async add(
    database: Pool | PoolClient,
    accountId: string,
    input: { name: string; key: string },
  ): Promise<void> {
    await database.query(
      `insert into api_keys (id, account_id, name, prefix, key_hash, created_at) values ($1, $2, $3, $4, $5, $6)
       on conflict (key_hash) do nothing`,
      [
        uuidv7(this.#clock.now()),
        accountId,
        input.name,
        input.key.slice(0, PREFIX_LENGTH),
        hashOf(input.key),
        new Date(this.#clock.now()),
      ],
    );
  }

  /** Who `key` speaks for, or null. Cached: costs a hash at most times, one indexed query otherwise. */
  async authenticate(key: string): Promise<Caller | null> {
    const keyHash = hashOf(key);
    const cacheKey = keyHash.toString('base64');
    const cached = this.#cache.get(cacheKey);
    if (cached !== undefined) return cached.caller;
    const found = await this.#find(keyHash);
    const caller = found === null ? null : { accountId: found.accountId, apiKeyId: found.id };
    this.#cache.set(cacheKey, { caller }, { ttl: caller === null ? CACHED_MISS_MS : CACHED_MS });
    return caller;
  }

  /** Forgets what is cached: of one account after its keys changed, or all. */
  forget(accountId?: string): void {
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
