import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { keepGrant } from '#src/domain/heroku-platform/grants.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { Gone, NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import type { ApiKeys } from '#src/domain/api-keys/api-keys.ts';
import { changeAccountPlan, type PlanChange, planNamed } from '#src/domain/accounts/plan-change.ts';
import { enqueuePurge } from '#src/domain/accounts/purge.ts';
import * as resources from './resource-rows.ts';

interface Dependencies {
  pool: Pool;
  apiKeys: ApiKeys;
  clock: Clock;
  sendJob: SendJob;
  cipher: Cipher;
  /** Whether grants can be exchanged: that needs a client secret. */
  canExchangeGrants: boolean;
}

/** What Heroku asks for: `uuid` is its id of the resource, everything but the plan may be missing. */
export interface ProvisionInput {
  uuid: string;
  plan: string;
  name?: string | null | undefined;
  region?: string | null | undefined;
  options?: object | null | undefined;
  appName?: string | null | undefined;
  /** Heroku's `oauth_grant`, whatever it holds: no provision fails for it. */
  grant?: unknown;
}

/**
 * The life of a Heroku resource. Heroku repeats what it got no answer to, so every call may come again, also at the
 * same time: the resource's row is locked for as long as one of them decides.
 */
export class Provisioning {
  readonly #deps: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#deps = dependencies;
  }

  /** Makes the resource with its account, or finds it made; either way answers the same API key. */
  async provision(input: ProvisionInput): Promise<{ apiKey: string; isNew: boolean }> {
    const { pool, apiKeys, clock } = this.#deps;
    const { slug } = planNamed(input.plan);
    const uuid = input.uuid.toLowerCase();
    return transaction(pool, async (client) => {
      const newAccountId = uuidv7(clock.now());
      const isNew = await resources.insert(client, { ...input, uuid, accountId: newAccountId });
      if (isNew) {
        const name =
          [input.appName, input.name].find((given) => given != null && given !== '') ?? 'Heroku add-on';
        await resources.insertAccount(client, { id: newAccountId, name, plan: slug });
      }
      const { accountId, keyGeneration } = await existing(client, uuid);
      // Again for an existing one: its key is another when APP_SECRET was changed since.
      const apiKey = apiKeys.keyForResource(uuid, keyGeneration);
      await apiKeys.add(client, accountId, {
        name: 'Heroku',
        key: apiKey,
        generation: keyGeneration,
        isInConfig: true,
      });
      const { cipher, sendJob, canExchangeGrants: canExchange } = this.#deps;
      const provisioned = { resourceId: uuid, accountId, grant: input.grant };
      await keepGrant(client, { cipher, clock, sendJob, canExchange }, provisioned);
      return { apiKey, isNew };
    });
  }

  /** Throws NotFound or Gone unless there is such a resource. */
  async requireResource(uuid: string): Promise<void> {
    await transaction(this.#deps.pool, (client) => existing(client, uuid));
  }

  /** Refuses a plan that is too small for what is in use. Answers whether it was another one before. */
  async changePlan(uuid: string, planSlug: string): Promise<PlanChange> {
    const plan = planNamed(planSlug);
    const nowMs = this.#deps.clock.now();
    return transaction(this.#deps.pool, async (client) => {
      const { accountId } = await existing(client, uuid);
      return changeAccountPlan(client, accountId, { plan, nowMs });
    });
  }

  /**
   * Ends the resource: keys, sessions and routing end with the commit, and the purge of all data is queued in it.
   * Of the resource a bare uuid is left; a uuid that was never seen leaves one too, so that a POST which was
   * overtaken by its DELETE does not bring it to life.
   */
  async deprovision(uuid: string): Promise<void> {
    const { pool, sendJob } = this.#deps;
    const accountId = await transaction(pool, async (client) => {
      if (await resources.insertTombstone(client, uuid)) return null;
      const resource = await resources.lock(client, uuid);
      if (resource?.accountId == null) return null;
      await resources.turnIntoTombstone(client, uuid);
      await resources.silenceAccount(client, resource.accountId);
      await enqueuePurge(sendJob, { accountId: resource.accountId, resourceId: uuid }, client);
      return resource.accountId;
    });
    if (accountId === null) throw gone();
    this.#deps.apiKeys.forget(accountId);
  }
}

async function existing(client: resources.Client, uuid: string) {
  const resource = await resources.lock(client, uuid);
  if (resource === null) throw new NotFound('There is no such add-on resource.');
  const { accountId, keyGeneration } = resource;
  if (accountId === null) throw gone();
  return { accountId, keyGeneration };
}

function gone(): Gone {
  return new Gone('This add-on resource was removed.');
}
