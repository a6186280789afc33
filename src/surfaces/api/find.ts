import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import type { Call } from './call.ts';

export type Find = ReturnType<typeof createFind>;

interface LogFilters {
  subscriptionId?: string | undefined;
  endpointId?: string | undefined;
}

/** Finds what the path names, always within the caller's account. Every function rejects with NotFound. */
export function createFind({
  apps,
  subscriptions,
  endpoints,
}: Pick<Container, 'apps' | 'endpoints' | 'subscriptions'>) {
  const find = {
    app: (call: Call): Promise<App> => apps.get(call.accountId, call.id('app')),

    subscription: async (call: Call): Promise<Subscription> =>
      call.names('app')
        ? subscriptions.getOfApp(await find.app(call), call.id('subscription'))
        : subscriptions.get(call.accountId, call.id('subscription')),

    endpointOfApp: async (call: Call): Promise<EndpointWithParents> =>
      endpoints.getOfApp(await find.app(call), call.id('endpoint')),

    endpointOfSubscription: async (call: Call): Promise<EndpointWithParents> =>
      endpoints.getOfSubscription(await find.subscription(call), call.id('endpoint')),

    /** By what a log is filtered, with ids in place of uids. What was deleted is in the log still, by its id. */
    filters: async <T extends LogFilters>(app: App, given: T): Promise<T> => {
      const { subscriptionId, endpointId } = given;
      const [subscription, endpoint] = await Promise.all([
        idOf(subscriptionId, (one) => subscriptions.getOfApp(app, one)),
        idOf(endpointId, (one) => endpoints.getOfApp(app, one)),
      ]);
      return { ...given, subscriptionId: subscription, endpointId: endpoint };
    },
  };
  return find;
}

async function idOf(
  idOrUid: string | undefined,
  get: (idOrUid: string) => Promise<{ id: string }>,
): Promise<string | undefined> {
  if (idOrUid === undefined) return undefined;
  try {
    return (await get(idOrUid)).id;
  } catch (error) {
    if (error instanceof NotFound && isUuid(idOrUid)) return idOrUid;
    throw error;
  }
}
