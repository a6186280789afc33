import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Action } from '#src/domain/audit/actions.ts';
import { Conflict, NotFound, TooManyRequests } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { createKeyedMutex } from '#src/infra/lib/keyed-mutex.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { Models } from '#src/domain/models.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import type { ApiKey } from './api-key.ts';
import type { ApiKeys } from './api-keys.ts';
import type { ConfigKeys } from './config-keys.ts';
import {
  beginGrace,
  countRotations,
  findHindrance,
  findKey,
  giveGrace,
  lockResourceOfAccount,
  revokeKey,
  setGeneration,
} from './key-rotation-rows.ts';

interface Dependencies {
  pool: Pool;
  models: Models;
  clock: Clock;
  apiKeys: ApiKeys;
  configKeys: ConfigKeys;
  sendJob: SendJob;
}

interface Rotation {
  graceSeconds: number;
  /** The generation to replace. A form that is submitted again finds another one, and rotates nothing. */
  replaces?: number | undefined;
}

export interface Rotated {
  /** Shown once, because only its hash is stored. */
  key: string;
  generation: number;
  /** Why we cannot put the key into the config of the customer's apps: a sentence. Null when we will. */
  hindrance: string | null;
}

export interface KeyList {
  /** Newest first. */
  keys: ApiKey[];
  /** Of the current key; 0 when the account has no resource. */
  generation: number;
  /** Why we cannot put a key into the config of the customer's apps: a sentence. Null when we can. */
  hindrance: string | null;
}

/**
 * Replaces the key of a resource. The grace of the old key begins once the new key is in the config of the customer's
 * apps: a job puts it there, or, where Heroku does not authorize us, the customer does and confirms it.
 */
export class KeyRotation {
  readonly #deps: Dependencies;
  /** By account, because each transaction that waits for the row lock holds a connection. */
  readonly #mutex = createKeyedMutex();

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * A grace of 0 revokes the old key at once, even before the new one is in the config: for a key that leaked. Throws
   * NotFound, Conflict when `replaces` is not the current generation, and TooManyRequests.
   */
  async rotate(accountId: string, rotation: Rotation): Promise<Rotated> {
    const rotated = await this.#mutex(accountId, () => this.#rotate(accountId, rotation));
    this.#deps.apiKeys.invalidate(accountId);
    return rotated;
  }

  async #rotate(accountId: string, { graceSeconds, replaces }: Rotation): Promise<Rotated> {
    const { apiKeys, configKeys, pool, sendJob } = this.#deps;
    return transaction(pool, async (client) => {
      const resource = await lockResourceOfAccount(client, accountId);
      if (resource === null) throw new NotFound('There is no key that can be rotated.');
      const { resourceId } = resource;
      if (replaces !== undefined && replaces !== resource.generation) {
        throw new Conflict(
          'The key was rotated in the meantime. Look at the list before you rotate it again.',
        );
      }
      // Not limited on our pages, which say which key is replaced: an admin must be able to end a key that leaked.
      if (replaces === undefined) await this.#refuseTooMany(client, accountId);
      const generation = resource.generation + 1;
      const key = apiKeys.keyForResource(resourceId, generation);
      await setGeneration(client, { ...resource, generation });
      const name = 'Heroku';
      const id = (await apiKeys.add(client, accountId, { name, key, generation, isInConfig: false })) ?? '';
      await this.#record(client, { accountId, action: 'api_key.rotated', id, name });
      await giveGrace(client, { accountId, generation, graceSeconds, now: this.#now() });
      const hindrance = await findHindrance(client, resourceId);
      if (hindrance === null) await sendJob('heroku-config', { resourceId }, { client });
      else await configKeys.recordNotInConfig(client, { resourceId, generation, problem: hindrance });
      return { key, generation, hindrance };
    });
  }

  /**
   * The customer has put the current key into the config: the grace of the old keys begins. Throws NotFound, and
   * Conflict when the key is not the current one.
   */
  async confirm(accountId: string, keyId: string): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      const { key, generation } = await this.#lockKey(client, accountId, keyId);
      if (key.generation !== generation) throw new Conflict('This key is not the current one.');
      await beginGrace(client, { accountId, generation, now: this.#now() });
      await this.#record(client, { accountId, action: 'api_key.confirmed', id: key.id, name: key.name });
    });
    this.#deps.apiKeys.invalidate(accountId);
  }

  /**
   * Revokes a key at once. Throws NotFound, and Conflict for the current key, without which the add-on is of no use.
   */
  async revoke(accountId: string, keyId: string): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      const { key, generation } = await this.#lockKey(client, accountId, keyId);
      if (key.generation === generation && key.revokedAt === null) {
        throw new Conflict(
          'This is the current key, without which the add-on could not be used. Rotate it with a grace of 0 seconds: ' +
            'that makes a new key and ends this one at once.',
        );
      }
      if (key.revokedAt !== null) return;
      await revokeKey(client, key.id, this.#now());
      await this.#record(client, { accountId, action: 'api_key.revoked', id: key.id, name: key.name });
    });
    this.#deps.apiKeys.invalidate(accountId);
  }

  async list(accountId: string): Promise<KeyList> {
    const { models, pool } = this.#deps;
    const [keys, resource] = await Promise.all([
      models.ApiKey.findAll({ where: { accountId }, order: [['id', 'DESC']], limit: MAX_KEYS }),
      models.HerokuResource.findOne({ where: { accountId } }),
    ]);
    const hindrance = resource === null ? null : await findHindrance(pool, resource.id);
    return { keys, generation: resource?.keyGeneration ?? 0, hindrance };
  }

  async #record(
    db: PoolClient,
    { accountId, action, id, name }: { accountId: string; action: Action; id: string; name: string },
  ): Promise<void> {
    const object = { type: 'api_key', id, name };
    await recordChange({ db, clock: this.#deps.clock }, { accountId, action, object });
  }

  async #lockKey(client: PoolClient, accountId: string, keyId: string) {
    const resource = await lockResourceOfAccount(client, accountId);
    const key = isUuid(keyId) ? await findKey(client, accountId, keyId) : null;
    if (key === null) throw new NotFound('There is no such API key.');
    return { key, generation: resource?.generation ?? 0 };
  }

  /** Limited because each rotation sends a mail and restarts the customer's apps. */
  async #refuseTooMany(client: PoolClient, accountId: string): Promise<void> {
    const since = new Date(this.#deps.clock.now() - HOUR_MS);
    if ((await countRotations(client, accountId, since)) < MAX_AN_HOUR) return;
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
const MAX_AN_HOUR = FIXED_LIMITS.rotationsAnHour.max;
const HOUR_MS = 3_600_000;
const RETRY_AFTER_SECONDS = 300;
