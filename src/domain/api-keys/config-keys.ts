import type { PoolClient } from 'pg';
import type { CurrentKey, CurrentKeys } from '#src/domain/heroku-platform/dependencies.ts';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import type { Models } from '#src/domain/models.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { ApiKeys } from './api-keys.ts';
import {
  beginGrace,
  findCurrentKey,
  isMissingInConfig,
  type KeyedResource,
  lockResource,
  saveConfigProblem,
} from './key-rotation-rows.ts';

interface Dependencies {
  models: Models;
  clock: Clock;
  apiKeys: ApiKeys;
  mailer: Pick<Mailer, 'enqueue'>;
  baseUrl: string;
}

/** Records whether a resource's key is in the config of the customer's apps, and mails the admins about a rotation. */
export class ConfigKeys implements CurrentKeys {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async currentKey(resourceId: string): Promise<CurrentKey | null> {
    const { apiKeys, models } = this.#deps;
    const resource = await models.HerokuResource.findByPk(resourceId);
    if (resource?.accountId == null) return null;
    const { keyGeneration: generation } = resource;
    return { key: apiKeys.keyForResource(resourceId, generation), generation };
  }

  /** The grace of the replaced keys begins. */
  async recordInConfig(client: PoolClient, resourceId: string, generation: number): Promise<boolean> {
    const resource = await lockResource(client, resourceId);
    if (resource === null) return true;
    if (resource.generation !== generation) return false;
    const { accountId } = resource;
    const isFirstTime = await isMissingInConfig(client, resource);
    await beginGrace(client, { accountId, generation, now: new Date(this.#deps.clock.now()) });
    if (isFirstTime) await this.#mailAdmins(client, resource, true);
    return true;
  }

  async recordNotInConfig(
    client: PoolClient,
    { resourceId, generation, problem }: { resourceId: string; generation: number; problem: string },
  ): Promise<void> {
    const resource = await lockResource(client, resourceId);
    if (resource?.generation !== generation) return;
    const { accountId } = resource;
    const isNewProblem = await saveConfigProblem(client, { accountId, generation, problem });
    if (isNewProblem) await this.#mailAdmins(client, resource, false);
  }

  async #mailAdmins(
    client: PoolClient,
    { resourceId, accountId, generation }: KeyedResource,
    isConfigUpdated: boolean,
  ): Promise<void> {
    const { baseUrl, mailer } = this.#deps;
    const settingsUrl = `${baseUrl}/settings/account?addon=${resourceId}#api-keys`;
    const current = await findCurrentKey(client, { accountId, generation });
    if (current === null) return;
    const { prefix: keyPrefix, oldKeyValidUntil } = current;
    await mailer.enqueue(client, {
      accountId,
      to: 'admins',
      template: 'api-key-rotated',
      data: { keyPrefix, oldKeyValidUntil, isConfigUpdated, settingsUrl },
    });
  }
}
