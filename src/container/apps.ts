import { Apps } from '#src/domain/apps/apps.ts';
import { WebhookEvents } from '#src/domain/apps/webhook-events.ts';
import { Channels } from '#src/domain/channels/channels.ts';
import { ChannelAlerts } from '#src/domain/endpoints/channel-alerts.ts';
import { EndpointAlerts } from '#src/domain/endpoints/endpoint-alerts.ts';
import { SubscriberAlerts } from '#src/domain/endpoints/subscriber-alerts.ts';
import { EndpointProber } from '#src/domain/endpoints/endpoint-prober.ts';
import { EndpointSecrets } from '#src/domain/endpoints/endpoint-secrets.ts';
import { Endpoints } from '#src/domain/endpoints/endpoints.ts';
import { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import { HookHelpers } from '#src/domain/hook-helpers/hook-helpers.ts';
import { Issues } from '#src/domain/issues/issues.ts';
import { EndpointQueuePacer } from '#src/domain/endpoint-queues/endpoint-queue-pacer.ts';
import { PortalLinks } from '#src/domain/subscriptions/portal-links.ts';
import { Subscriptions } from '#src/domain/subscriptions/subscriptions.ts';
import { Codes } from '#src/domain/transformations/codes.ts';
import { Executions } from '#src/domain/transformations/executions.ts';
import { DeliveryTransformer } from '#src/domain/transformations/run-for-delivery.ts';
import { CodeRunner } from '#src/domain/transformations/runtime/code-runner.ts';
import { Transformations } from '#src/domain/transformations/transformations.ts';
import type { AccountParts } from './accounts.ts';
import type { InfraParts } from './infra.ts';

/** Domain: apps with their endpoints, subscriptions and event types. */
export function createApps(
  infra: InfraParts,
  {
    announcements,
    mailer,
    mailPreferences,
  }: Pick<AccountParts, 'announcements' | 'mailer' | 'mailPreferences'>,
) {
  const { config, clock, logger, pool, sequelize, models, queue, cipher, addressPolicy } = infra;
  const { baseUrl } = config.http;
  const schemaChecker = new SchemaChecker({ logger });
  const codeRunner = new CodeRunner({ logger });
  const executions = new Executions({ pool, logger });
  const subscriptions = new Subscriptions({ models, clock, sequelize, announcements });
  const appSecret = config.secrets.app;
  const portalLinks = new PortalLinks({ pool, subscriptions, clock, appSecret, baseUrl });
  const channels = new Channels({ ...infra, sendJob: queue.send });
  const channelAlerts = new ChannelAlerts({ channels, clock, baseUrl });
  const subscriberAlerts = new SubscriberAlerts({ mailer, portalLinks, preferences: mailPreferences });
  return {
    apps: new Apps({ models, clock, sequelize }),
    webhookEvents: new WebhookEvents({ models, clock, schemaChecker, sequelize }),
    schemaChecker,
    codeRunner,
    transformations: new Transformations({ pool, clock, codeRunner }),
    executions,
    transformer: new DeliveryTransformer({ codes: new Codes({ pool }), codeRunner, executions, clock }),
    subscriptions,
    portalLinks,
    subscriberAlerts,
    channels,
    channelAlerts,
    endpoints: new Endpoints({ announcements, models, sequelize, clock, cipher, addressPolicy }),
    endpointSecrets: new EndpointSecrets({ pool, clock, cipher }),
    endpointAlerts: new EndpointAlerts({ ...infra, mailer, subscriberAlerts, channelAlerts }),
    endpointQueuePacer: new EndpointQueuePacer(infra),
    endpointProber: new EndpointProber({ pool, queue, clock, logger }),
    hookHelpers: new HookHelpers({ models, pool, clock, sequelize }),
    issues: new Issues({ pool, clock, announcements }),
  };
}

export type AppParts = ReturnType<typeof createApps>;
