import type { App } from '#src/domain/apps/app.ts';
import type { AppChanges } from '#src/domain/apps/apps.ts';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { AcceptedMessage, MessageInput } from '#src/pipeline/accept/message-input.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { TestServer } from './server.ts';

export const EVENT_TYPE = 'user.created';

export interface SubscribedApp {
  apiKey: string;
  app: App;
  subscription: Subscription;
  endpoint: EndpointWithParents;
  /** Posts a message to the whole app, as the API would. */
  post(changes?: Partial<MessageInput>): Promise<AcceptedMessage>;
  /** The endpoint as it is now. */
  endpointNow(): Promise<EndpointWithParents>;
}

interface Setup extends Omit<EndpointChanges, 'url' | 'version'> {
  url: string;
  app?: AppChanges;
  /** Of an account that is there; without it a new one is made. */
  account?: { accountId: string; apiKey: string };
}

/** An account with an app, its event `user.created`, a subscriber, and one endpoint that receives everything. */
export async function createSubscribedApp(server: TestServer, setup: Setup): Promise<SubscribedApp> {
  const { apps, webhookEvents, subscriptions, endpoints, acceptor } = server.container;
  const { account, app: appChanges, ...endpointChanges } = setup;
  const { accountId, apiKey } = account ?? (await server.createAccount());
  const app = await apps.create(accountId, { ...appChanges, name: 'Acme' });
  await webhookEvents.create(app, { eventType: EVENT_TYPE });
  const subscription = await subscriptions.create(app, { name: 'Globex' });
  const endpoint = await endpoints.create(subscription, { ...endpointChanges, version: '1.0' });
  return {
    apiKey,
    app,
    subscription,
    endpoint,
    post: (changes = {}) => acceptor.accept({ ...messageTo(app), ...changes }),
    endpointNow: () => endpoints.getOfApp(app, endpoint.id),
  };
}

export function messageTo(app: App): MessageInput {
  return {
    target: { accountId: app.accountId, appId: app.id, subscriptionId: null, endpointId: null },
    eventType: EVENT_TYPE,
    version: '1.0',
    dataText: '{"id":1}',
    eventId: null,
    overridePayload: false,
    headers: null,
    deliverAt: null,
  };
}
