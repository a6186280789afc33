import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { keepGrant } from '#src/domain/heroku-platform/keep-grant.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { Gone, NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import type { ApiKeys } from '#src/domain/api-keys/api-keys.ts';
import { changeAccountPlan, type PlanChange, planNamed } from '#src/domain/accounts/plan-change.ts';
import { enqueuePurge } from '#src/domain/accounts/purge.ts';
import { silenceAccount } from '#src/domain/accounts/silence-account.ts';
import { insertAccount } from '#src/domain/accounts/new-account.ts';
import { insertResource, insertTombstone, lockResource, turnIntoTombstone } from './resource-rows.ts';

interface Dependencies {
  pool: Pool;
  apiKeys: ApiKeys;
  clock: Clock;
  sendJob: SendJob;
  cipher: Cipher;
  /** Whether a client secret is configured, without which no grant can be exchanged. */
  canExchangeGrants: boolean;
}

/** Heroku's request. `uuid` is its id of the resource. */
export interface ProvisionInput {
  uuid: string;
  plan: string;
  name?: string | null | undefined;
  region?: string | null | undefined;
  options?: object | null | undefined;
  appName?: string | null | undefined;
  /** Heroku's `oauth_grant` as it came: no provision fails because of it. */
  grant?: unknown;
}

/**
 * The life of a Heroku resource. Heroku retries what it got no answer to, so each call may come again, also at the same
 * time: the resource's row is locked by each.
 */
export class Provisioning {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Makes the resource with its account, or finds it made; answers the same API key either way. Throws Gone. */
  async provision(input: ProvisionInput): Promise<{ apiKey: string; isNew: boolean }> {
    const { pool, apiKeys, clock } = this.#deps;
    const { slug } = planNamed(input.plan);
    const uuid = input.uuid.toLowerCase();
    return transaction(pool, async (client) => {
      const newAccountId = uuidv7(clock.now());
      const isNew = await insertResource(client, { ...input, uuid, accountId: newAccountId });
      if (isNew) {
        const name =
          [input.appName, input.name].find((given) => given != null && given !== '') ?? 'Heroku add-on';
        await insertAccount(client, { id: newAccountId, name, plan: slug });
        const object = { type: 'account', id: newAccountId, name };
        const details = { plan: slug };
        await recordChange(
          { db: client, clock },
          { accountId: newAccountId, action: 'account.created', object, details },
        );
      }
      const { accountId, keyGeneration } = await requireExisting(client, uuid);
      // Also for an existing resource, because a changed APP_SECRET changes its key.
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

  /** Throws NotFound, or Gone for a deprovisioned resource. */
  async requireResource(uuid: string): Promise<void> {
    await transaction(this.#deps.pool, (client) => requireExisting(client, uuid));
  }

  /** Throws InvalidInput for a plan that is too small for what is in use, NotFound or Gone. */
  async changePlan(uuid: string, planSlug: string): Promise<PlanChange> {
    const plan = planNamed(planSlug);
    const { clock, pool } = this.#deps;
    return transaction(pool, async (client) => {
      const { accountId } = await requireExisting(client, uuid);
      return changeAccountPlan({ client, clock }, accountId, plan);
    });
  }

  /**
   * Ends the resource: keys, sessions and routing end with the commit, which also queues the purge of all data. The
   * uuid stays as a tombstone, also one that was never seen, so that a POST overtaken by its DELETE provisions nothing.
   * Throws Gone when there was nothing to end.
   */
  async deprovision(uuid: string): Promise<void> {
    const { pool, sendJob } = this.#deps;
    const accountId = await transaction(pool, async (client) => {
      if (await insertTombstone(client, uuid)) return null;
      const resource = await lockResource(client, uuid);
      if (resource?.accountId == null) return null;
      await turnIntoTombstone(client, uuid);
      await silenceAccount(client, resource.accountId);
      await enqueuePurge(
        sendJob,
        { accountId: resource.accountId, resourceId: uuid, deletedBy: null },
        client,
      );
      return resource.accountId;
    });
    if (accountId === null) throw gone();
    this.#deps.apiKeys.invalidate(accountId);
  }
}

async function requireExisting(client: PoolClient, uuid: string) {
  const resource = await lockResource(client, uuid);
  if (resource === null) throw new NotFound('There is no such add-on resource.');
  const { accountId, keyGeneration } = resource;
  if (accountId === null) throw gone();
  return { accountId, keyGeneration };
}

function gone(): Gone {
  return new Gone('This add-on resource was removed.');
}
