import type { Transaction } from 'sequelize';
import { PROVIDERS, ANNOUNCED_VERSION } from '#src/domain/announcements/providers-app.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Apps } from '#src/domain/apps/apps.ts';
import type { EndpointChanges, Endpoints } from '#src/domain/endpoints/endpoints.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Subscriptions } from '#src/domain/subscriptions/subscriptions.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import { nullOn } from '#src/infra/database/upsert.ts';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';
import type { Paging } from '#src/infra/lib/paging.ts';

interface Dependencies {
  apps: Apps;
  subscriptions: Subscriptions;
  endpoints: Endpoints;
}

export type OwnEndpointInput = Pick<EndpointChanges, 'url' | 'description' | 'enabledEvents'> & {
  url: string;
};

const MAX_ENDPOINTS = FIXED_LIMITS.ownEndpoints.max;

/**
 * The endpoints to which an account is told what happens in it: those of its subscription of our own app. They are
 * found below that subscription alone, whose uid is the account's id. The subscription is made with the first one.
 */
export class OwnEndpoints {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Our own app, with its webhook events. */
  app(): Promise<App> {
    return this.#deps.apps.get(PROVIDERS.accountId, PROVIDERS.appId);
  }

  /** Null before the account's first endpoint. */
  async subscription(accountId: string): Promise<Subscription | null> {
    return this.#deps.subscriptions.getOfApp(OUR_APP, accountId).catch(nullOn(NotFound));
  }

  async list(accountId: string, paging: Paging): Promise<EndpointWithParents[]> {
    const subscription = await this.subscription(accountId);
    return subscription === null ? [] : this.#deps.endpoints.listOfSubscription(subscription, paging);
  }

  /** Throws NotFound, also for another account's. */
  async get(accountId: string, endpointId: string): Promise<EndpointWithParents> {
    const subscription = await this.subscription(accountId);
    if (subscription === null) throw new NotFound(`There is no endpoint ${endpointId} here.`);
    return this.#deps.endpoints.getOfSubscription(subscription, endpointId);
  }

  /** Throws Conflict when there are as many as there may be, and as `Endpoints.create` does. */
  async create(accountId: string, input: OwnEndpointInput): Promise<EndpointWithParents> {
    const { endpoints, subscriptions } = this.#deps;
    endpoints.checkUrls({ url: input.url });
    const { subscription } = await subscriptions.put(await this.app(), accountId, { name: accountId });
    const made = { ...input, version: ANNOUNCED_VERSION };
    return endpoints.create(subscription, made, (transaction) => requireFew(subscription, transaction));
  }
}

const OUR_APP = { accountId: PROVIDERS.accountId, id: PROVIDERS.appId };

/** Locks the subscription, so that of two at once none is one too many. Throws Conflict. */
async function requireFew({ accountId, id }: Subscription, transaction: Transaction): Promise<void> {
  const client = clientOf(transaction);
  await client.query('select from subscriptions where account_id = $1 and id = $2 for no key update', [
    accountId,
    id,
  ]);
  const { rowCount } = await client.query(
    'select from endpoints where account_id = $1 and subscription_id = $2 limit $3',
    [accountId, id, MAX_ENDPOINTS],
  );
  if (rowCount !== MAX_ENDPOINTS) return;
  throw new Conflict(
    `An account has at most ${String(MAX_ENDPOINTS)} of these endpoints. Delete one first.`,
    {
      code: 'too_many_endpoints',
    },
  );
}
