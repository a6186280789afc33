import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { CurrentKey, CurrentKeys } from '#src/domain/heroku-platform/parts.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, NotFound, TooManyRequests } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { createKeyedMutex } from '#src/infra/lib/keyed-mutex.ts';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import type { Models } from '#src/domain/models.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import type { ApiKey } from './api-key.ts';
import type { ApiKeys } from './api-keys.ts';
import * as rows from './key-rows.ts';

interface Dependencies {
  pool: Pool;
  models: Models;
  clock: Clock;
  apiKeys: ApiKeys;
  mailer: Pick<Mailer, 'enqueue'>;
  sendJob: SendJob;
  baseUrl: string;
}

interface Rotation {
  graceSeconds: number;
  /** The generation that is to be replaced: a form that is sent again finds another, and rotates nothing. */
  replaces?: number | undefined;
}

export interface Rotated {
  /** Shown once: only its hash is kept. */
  key: string;
  generation: number;
  /** Why we cannot put it into the config of the customer's apps; null when we will. */
  hindrance: string | null;
}

export interface KeyList {
  /** Newest first. */
  keys: ApiKey[];
  /** Of the current one; 0 when there is none. */
  generation: number;
  /** Why we cannot put a key into the config of the customer's apps; null when we can. */
  hindrance: string | null;
}

/**
 * Replaces the key of a resource. The old one works until its grace has passed since the new one is in the config of the
 * customer's apps: put there by a job, or, where Heroku does not let us, by the customer, who confirms it.
 */
export class KeyRotation implements CurrentKeys {
  readonly #deps: Dependencies;
  /** By account. Whoever waits for the row holds a connection, and one account must not hold them all. */
  readonly #inLine = createKeyedMutex();

  constructor(dependencies: Dependencies) {
    this.#deps = dependencies;
  }

  /** A grace of 0 ends the old key at once, wherever the new one is: for a key that leaked. */
  async rotate(accountId: string, rotation: Rotation): Promise<Rotated> {
    const rotated = await this.#inLine(accountId, () => this.#rotate(accountId, rotation));
    this.#deps.apiKeys.forget(accountId);
    return rotated;
  }

  async #rotate(accountId: string, { graceSeconds, replaces }: Rotation): Promise<Rotated> {
    const { apiKeys, pool, sendJob } = this.#deps;
    return transaction(pool, async (client) => {
      const resource = await rows.lockOfAccount(client, accountId);
      if (resource === null) throw new NotFound('There is no key that can be rotated.');
      const { resourceId } = resource;
      if (replaces !== undefined && replaces !== resource.generation) {
        throw new Conflict(
          'The key was rotated in the meantime. Look at the list before you rotate it again.',
        );
      }
      // Never whoever saw which key is current, an admin on our pages: they end a key that leaked.
      if (replaces === undefined) await this.#refuseTooMany(client, accountId);
      const generation = resource.generation + 1;
      const key = apiKeys.keyForResource(resourceId, generation);
      await rows.setGeneration(client, { ...resource, generation });
      await apiKeys.add(client, accountId, { name: 'Heroku', key, generation, isInConfig: false });
      await rows.giveGrace(client, { accountId, generation, graceSeconds, now: this.#now() });
      const hindrance = await rows.findHindrance(client, resourceId);
      if (hindrance === null) await sendJob('heroku-config', { resourceId }, { client });
      else await this.notInConfig(client, { resourceId, generation, why: hindrance });
      return { key, generation, hindrance };
    });
  }

  /** The customer has put the current key into the config: the grace of the old ones begins. */
  async confirm(accountId: string, keyId: string): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      const { key, generation } = await this.#lockKey(client, accountId, keyId);
      if (key.generation !== generation) throw new Conflict('This key is not the current one.');
      await rows.beginGrace(client, { accountId, generation, now: this.#now() });
    });
    this.#deps.apiKeys.forget(accountId);
  }

  /** Ends a key at once. The current one stays, because it is what a customer's apps are given: rotate it instead. */
  async revoke(accountId: string, keyId: string): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      const { key, generation } = await this.#lockKey(client, accountId, keyId);
      if (key.generation === generation && key.revokedAt === null) {
        throw new Conflict(
          'This is the current key, without which the add-on could not be used. Rotate it with a grace of 0 seconds: ' +
            'that makes a new key and ends this one at once.',
        );
      }
      await rows.revokeKey(client, key.id, this.#now());
    });
    this.#deps.apiKeys.forget(accountId);
  }

  async list(accountId: string): Promise<KeyList> {
    const { models, pool } = this.#deps;
    const [keys, resource] = await Promise.all([
      models.ApiKey.findAll({ where: { accountId }, order: [['id', 'DESC']], limit: MAX_KEYS }),
      models.HerokuResource.findOne({ where: { accountId } }),
    ]);
    const hindrance = resource === null ? null : await rows.findHindrance(pool, resource.id);
    return { keys, generation: resource?.keyGeneration ?? 0, hindrance };
  }

  async currentKey(resourceId: string): Promise<CurrentKey | null> {
    const { apiKeys, models } = this.#deps;
    const resource = await models.HerokuResource.findByPk(resourceId);
    if (resource?.accountId == null) return null;
    const { keyGeneration: generation } = resource;
    return { key: apiKeys.keyForResource(resourceId, generation), generation };
  }

  async inConfig(client: PoolClient, resourceId: string, generation: number): Promise<boolean> {
    const resource = await rows.lockById(client, resourceId);
    if (resource === null) return true;
    if (resource.generation !== generation) return false;
    const { accountId } = resource;
    const isNews = await this.#isOutOfConfig(client, resource);
    await rows.beginGrace(client, { accountId, generation, now: this.#now() });
    if (isNews) await this.#tell(client, resource, true);
    return true;
  }

  async notInConfig(
    client: PoolClient,
    { resourceId, generation, why }: { resourceId: string; generation: number; why: string },
  ): Promise<void> {
    const resource = await rows.lockById(client, resourceId);
    if (resource?.generation !== generation) return;
    const { accountId } = resource;
    const isNews = await rows.noteProblem(client, { accountId, generation, why });
    if (isNews) await this.#tell(client, resource, false);
  }

  async #isOutOfConfig(client: PoolClient, { accountId, generation }: rows.KeyedResource): Promise<boolean> {
    const { rowCount } = await client.query(
      'select from api_keys where account_id = $1 and generation = $2 and config_updated_at is null',
      [accountId, generation],
    );
    return rowCount !== 0;
  }

  async #tell(
    client: PoolClient,
    { resourceId, accountId, generation }: rows.KeyedResource,
    isConfigUpdated: boolean,
  ): Promise<void> {
    const { baseUrl, mailer } = this.#deps;
    const settingsUrl = `${baseUrl}/settings/account?addon=${resourceId}#api-keys`;
    const current = await rows.findCurrent(client, { accountId, generation });
    if (current === null) return;
    const { prefix: keyPrefix, oldKeyValidUntil } = current;
    await mailer.enqueue(client, {
      accountId,
      to: 'admins',
      template: 'api-key-rotated',
      data: { keyPrefix, oldKeyValidUntil, isConfigUpdated, settingsUrl },
    });
  }

  async #lockKey(client: PoolClient, accountId: string, keyId: string) {
    const resource = await rows.lockOfAccount(client, accountId);
    const key = isUuid(keyId) ? await rows.findKey(client, accountId, keyId) : null;
    if (key === null) throw new NotFound('There is no such API key.');
    return { key, generation: resource?.generation ?? 0 };
  }

  /** Each is told by mail and restarts the customer's apps: whoever holds a key must not do that without end. */
  async #refuseTooMany(client: PoolClient, accountId: string): Promise<void> {
    const since = new Date(this.#deps.clock.now() - HOUR_MS);
    if ((await rows.countRotations(client, accountId, since)) < MAX_AN_HOUR) return;
    throw new TooManyRequests(
      `The key was rotated ${String(MAX_AN_HOUR)} times within an hour. Wait before you rotate it again.`,
      { retryAfterSeconds: RETRY_AFTER_SECONDS },
    );
  }

  #now(): Date {
    return new Date(this.#deps.clock.now());
  }
}

const MAX_KEYS = 200;
const MAX_AN_HOUR = 30;
const HOUR_MS = 3_600_000;
const RETRY_AFTER_SECONDS = 300;
