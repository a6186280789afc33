import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { secretOwner } from '#src/domain/endpoints/endpoint-secrets.ts';
import { CompiledFilter } from '#src/domain/outbound-rules/filter.ts';
import {
  compileRetryPolicy,
  type RetrySchedule,
  scheduleOf,
} from '#src/domain/outbound-rules/retry-policy.ts';
import { queueRulesOf } from '#src/domain/outbound-rules/queueing.ts';
import { sentAs } from '#src/domain/messages/sent-as.ts';
import type { AppRules } from '#src/domain/outbound-rules/rules.ts';
import type { Notifications } from '#src/infra/database/notifications.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { type AppRow, type EndpointRow, type PreviousSecret, SNAPSHOT } from './app-snapshot-row.ts';
import type { AppSnapshot, RoutedEndpoint } from './app-snapshot.ts';
import { requestRulesOf } from './request-rules-of.ts';
import { type SigningKey, signingKeyOf } from './signing-key.ts';

const CACHED_MS = 60_000;
/** A little more than the largest plan allows, of which one app may have all. */
const MAX_CACHED_ENDPOINTS = 120_000;
/** What an app weighs beside its endpoints, in endpoints: it has event types and schemas. */
const APP_SIZE = 12;

/** `snapshot`: once it is loaded, so that nobody need wait for a promise. */
interface Cached {
  loading: Promise<AppSnapshot | null>;
  snapshot?: AppSnapshot;
}

interface Dependencies {
  pool: Pool;
  cipher: Cipher;
  logger: Logger;
  notifications: Pick<Notifications, 'doCome'>;
  maxCachedEndpoints?: number;
}

/**
 * The cache of apps as the pipeline sees them. A notification of a change drops the snapshot. A stale snapshot is
 * harmless at accept, because messages are inserted only at the revision that they were routed by.
 */
export class AppDirectory {
  readonly #pool: Pool;
  readonly #cipher: Cipher;
  readonly #logger: Logger;
  readonly #notifications: Pick<Notifications, 'doCome'>;
  readonly #cache: LRUCache<string, Cached>;

  constructor({ pool, cipher, logger, notifications, ...options }: Dependencies) {
    this.#cache = new LRUCache({
      maxSize: options.maxCachedEndpoints ?? MAX_CACHED_ENDPOINTS,
      sizeCalculation: () => APP_SIZE,
      ttl: CACHED_MS,
    });
    this.#pool = pool;
    this.#cipher = cipher;
    this.#logger = logger;
    this.#notifications = notifications;
  }

  /**
   * The app, or `null` when it is gone. Concurrent calls for the same app share one query. Throws when the database
   * fails.
   */
  async get(appId: string): Promise<AppSnapshot | null> {
    const cached = this.#cache.get(appId);
    if (cached !== undefined) return cached.loading;
    const loaded: Cached = { loading: this.#load(appId) };
    this.#cache.set(appId, loaded);
    try {
      const snapshot = await loaded.loading;
      // The weight is known only now, and a cache takes a new weight only with a new value. An app that is gone is not
      // cached. One that weighs more than all of the cache is cached, or every delivery would load it.
      if (this.#cache.peek(appId) === loaded) {
        if (snapshot === null) this.#cache.delete(appId);
        else {
          const size = Math.min(APP_SIZE + snapshot.endpoints.size, this.#cache.maxSize);
          this.#cache.set(appId, { ...loaded, snapshot }, { size });
        }
      }
      return snapshot;
    } catch (error) {
      this.#cache.delete(appId);
      throw error;
    }
  }

  /** The app if it is in the cache, which {@link get} fills; else undefined. */
  cached(appId: string): AppSnapshot | undefined {
    return this.#cache.get(appId)?.snapshot;
  }

  /**
   * As {@link get}, for decisions that must not rest on a stale snapshot: unless `isEnough` of the cached one, it is
   * compared with the database where no notification would have dropped it.
   */
  async getUnstale(
    appId: string,
    isEnough: (app: AppSnapshot | null) => boolean,
  ): Promise<AppSnapshot | null> {
    const app = await this.get(appId);
    if (this.#notifications.doCome || app === null || isEnough(app) || (await this.isCurrent(app)))
      return app;
    this.forget(appId);
    return this.get(appId);
  }

  /** Whether the snapshot is current. Reads a few bytes, where {@link get} may read a thousand endpoints. */
  async isCurrent({ id, revision }: AppSnapshot): Promise<boolean> {
    const { rowCount } = await this.#pool.query({
      name: 'app-is-current',
      text: 'select from apps where id = $1 and revision = $2',
      values: [id, revision],
    });
    return rowCount === 1;
  }

  /** Drops the snapshot of one app, or all. */
  forget(appId?: string): void {
    if (appId === undefined) this.#cache.clear();
    else this.#cache.delete(appId);
  }

  async #load(appId: string): Promise<AppSnapshot | null> {
    const { rows } = await this.#pool.query<AppRow>({
      name: 'app-snapshot',
      text: SNAPSHOT,
      values: [appId],
    });
    const [row] = rows;
    if (row === undefined) return null;
    const { enforced, rules, retryDelaysSeconds, ...rest } = row;
    return {
      ...rest,
      ...sentAs(row),
      retrySchedule: scheduleIn(rules, retryDelaysSeconds),
      eventTypes: new Set(row.eventTypes),
      unicastTypes: new Set(row.unicastTypes),
      enforced: new Set(enforced),
      hasFilters: row.endpoints.some(({ rules: { filter } }) => filter !== undefined),
      endpoints: new Map(row.endpoints.map((endpoint) => [endpoint.id, this.#routed(endpoint, rules)])),
    };
  }

  #routed(
    { receivesAllEvents, secret, previous, eventTypes, eventPatterns, ...row }: EndpointRow,
    appRules: AppRules,
  ): RoutedEndpoint {
    const { isPaused, rules, ruleSecrets, retryDelaysSeconds, ...rest } = row;
    return {
      ...rest,
      requestRules: requestRulesOf(this.#cipher, { id: rest.id, rules, ruleSecrets }),
      target: URL.parse(rest.url),
      retrySchedule: scheduleIn(rules, retryDelaysSeconds),
      eventTypes: receivesAllEvents ? null : new Set([...eventTypes, ...eventPatterns]),
      queue: queueRulesOf(rules, appRules, { isPaused }),
      filter: rules.filter === undefined ? null : new CompiledFilter(rules.filter),
      channels: rules.channels ?? null,
      signingKeys: this.#signingKeys(rest.id, [{ secret, expiresAtMs: Infinity }, ...(previous ?? [])]),
    };
  }

  /** No key when a secret cannot be decrypted: that endpoint cannot be sent to, the other endpoints of the app can. */
  #signingKeys(endpointId: string, secrets: PreviousSecret[]): SigningKey[] {
    try {
      return secrets.map(({ secret, expiresAtMs }) => {
        const opened = this.#cipher.decrypt(Buffer.from(secret, 'base64'), secretOwner(endpointId));
        return signingKeyOf(opened, expiresAtMs);
      });
    } catch (error) {
      this.#logger.error({ err: error, endpoint: endpointId }, 'a signing secret cannot be decrypted');
      return [];
    }
  }
}

/** `null`: none of its own. */
function scheduleIn(
  { retry_policy: policy }: AppRules,
  delaysSeconds: number[] | null,
): RetrySchedule | null {
  if (policy !== undefined) return compileRetryPolicy(policy);
  return delaysSeconds === null ? null : scheduleOf(delaysSeconds);
}
