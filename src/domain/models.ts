import type { Sequelize } from 'sequelize';
import { defineAccount } from '#src/domain/accounts/account.ts';
import { defineApiKey } from '#src/domain/api-keys/api-key.ts';
import { defineHerokuResource } from '#src/domain/heroku-resources/heroku-resource.ts';
import { defineMember } from '#src/domain/accounts/member.ts';
import { defineApp } from '#src/domain/apps/app.ts';
import { defineWebhookEvent } from '#src/domain/apps/webhook-event.ts';
import { defineEndpoint } from '#src/domain/endpoints/endpoint.ts';
import { defineEndpointEvent } from '#src/domain/endpoints/endpoint-event.ts';
import { defineHookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { defineInvitation } from '#src/domain/invitations/invitation.ts';
import { defineSubscription } from '#src/domain/subscriptions/subscription.ts';

export type Models = ReturnType<typeof defineModels>;

/** Defines the models of the control plane on one connection pool, with the associations that queries include. */
export function defineModels(sequelize: Sequelize) {
  const models = {
    Account: defineAccount(sequelize),
    ApiKey: defineApiKey(sequelize),
    App: defineApp(sequelize),
    Endpoint: defineEndpoint(sequelize),
    EndpointEvent: defineEndpointEvent(sequelize),
    HerokuResource: defineHerokuResource(sequelize),
    HookHelper: defineHookHelper(sequelize),
    Invitation: defineInvitation(sequelize),
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
