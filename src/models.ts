import type { Sequelize } from 'sequelize';
import { defineAccount } from './accounts/account.ts';
import { defineApiKey } from './accounts/api-key.ts';
import { defineHerokuResource } from './accounts/heroku-resource.ts';
import { defineMember } from './accounts/member.ts';
import { defineApp } from './apps/app.ts';
import { defineWebhookEvent } from './apps/webhook-event.ts';
import { defineEndpoint } from './endpoints/endpoint.ts';
import { defineEndpointEvent } from './endpoints/endpoint-event.ts';
import { defineHookHelper } from './hook-helpers/hook-helper.ts';
import { defineSubscription } from './subscriptions/subscription.ts';

export type Models = ReturnType<typeof defineModels>;

/** The control plane's models on one connection pool, with the associations that queries include. */
export function defineModels(sequelize: Sequelize) {
  const models = {
    Account: defineAccount(sequelize),
    ApiKey: defineApiKey(sequelize),
    App: defineApp(sequelize),
    Endpoint: defineEndpoint(sequelize),
    EndpointEvent: defineEndpointEvent(sequelize),
    HerokuResource: defineHerokuResource(sequelize),
    HookHelper: defineHookHelper(sequelize),
    Member: defineMember(sequelize),
    Subscription: defineSubscription(sequelize),
    WebhookEvent: defineWebhookEvent(sequelize),
  };
  const { Endpoint, EndpointEvent, Subscription, WebhookEvent } = models;
  Endpoint.belongsTo(Subscription, { foreignKey: 'subscriptionId', as: 'subscription' });
  Endpoint.belongsToMany(WebhookEvent, {
    through: EndpointEvent,
    foreignKey: 'endpointId',
    otherKey: 'webhookEventId',
    as: 'webhookEvents',
  });
  return models;
}
