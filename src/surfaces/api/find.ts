import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoints.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Call } from './call.ts';

export type Find = ReturnType<typeof createFind>;

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
  };
  return find;
}
