import { lru } from '#src/infra/lib/lru.ts';
import type { Container } from '#src/container.ts';
import type { MessageTarget } from '#src/pipeline/routing/message-target.ts';
import type { Call } from './call.ts';
import type { Find } from './find.ts';

/** The three levels that a message can be posted to. */
export interface MessageTargets {
  app: (call: Call) => Promise<MessageTarget>;
  subscription: (call: Call) => Promise<MessageTarget>;
  endpoint: (call: Call) => Promise<MessageTarget>;
}

/**
 * Resolves the target of a posted message. This is the hot path, so apps that the app directory has in memory cost no
 * query. The directory knows ids only; a uid and an unknown id cost a query.
 */
export function createMessageTargets(
  { directory }: Pick<Container, 'directory'>,
  find: Find,
): MessageTargets {
  /** App id by subscription id, which never changes. The endpoints in the directory show that a subscription exists. */
  const appIds = lru<string>(50_000);

  async function endpointsInMemory(call: Call, subscriptionId: string) {
    const appId = appIds.get(subscriptionId);
    if (call.names('app') && call.id('app') !== appId) return undefined;
    const app = appId === undefined ? null : await directory.get(appId);
    if (app?.accountId !== call.accountId) return undefined;
    return { appId: app.id, endpoints: app.endpoints };
  }

  return {
    app: async (call) => {
      const id = call.id('app');
      const known = LOWER_UUID.test(id) ? await directory.get(id) : null;
      const { accountId } = call;
      const appId = known?.accountId === accountId ? known.id : (await find.app(call)).id;
      return { accountId, appId, subscriptionId: null, endpointId: null };
    },

    subscription: async (call) => {
      const id = call.id('subscription');
      const known = await endpointsInMemory(call, id);
      if (known?.endpoints.values().some(({ subscriptionId }) => subscriptionId === id)) {
        return { accountId: call.accountId, appId: known.appId, subscriptionId: id, endpointId: null };
      }
      const subscription = await find.subscription(call);
      appIds.set(subscription.id, subscription.appId);
      const { accountId, appId, id: subscriptionId } = subscription;
      return { accountId, appId, subscriptionId, endpointId: null };
    },

    endpoint: async (call) => {
      const [subscriptionId, endpointId] = [call.id('subscription'), call.id('endpoint')];
      const known = await endpointsInMemory(call, subscriptionId);
      if (known?.endpoints.get(endpointId)?.subscriptionId === subscriptionId) {
        return { accountId: call.accountId, appId: known.appId, subscriptionId, endpointId };
      }
      const endpoint = await find.endpointOfSubscription(call);
      appIds.set(endpoint.subscriptionId, endpoint.appId);
      return {
        accountId: endpoint.accountId,
        appId: endpoint.appId,
        subscriptionId: endpoint.subscriptionId,
        endpointId: endpoint.id,
      };
    },
  };
}

const LOWER_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
