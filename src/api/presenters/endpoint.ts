import type { WebhookEvent } from '../../apps/webhook-event.ts';
import { ALL_EVENTS, type EndpointWithParents } from '../../endpoints/endpoints.ts';
import { presentSubscriptionBriefly } from './subscription.ts';
import { presentWebhookEventBriefly } from './webhook-event.ts';

interface Surroundings {
  /** Percent of failed attempts. */
  errorRate: number;
  /** All events of the app: what an endpoint for `*` receives. */
  appEvents: WebhookEvent[];
}

export function presentEndpoint(endpoint: EndpointWithParents, { errorRate, appEvents }: Surroundings) {
  const { receivesAllEvents, webhookEvents } = endpoint;
  return {
    id: endpoint.id,
    uid: endpoint.uid ?? null,
    url: endpoint.url,
    description: endpoint.description,
    version: endpoint.version,
    status: endpoint.status,
    inactive_reason: endpoint.inactiveReason ?? null,
    inactive_since: endpoint.inactiveSince ?? null,
    failing_since: endpoint.failingSince ?? null,
    next_probe_at: endpoint.nextProbeAt ?? null,
    error_rate: errorRate,
    created_at: endpoint.createdAt,
    enabled_events: receivesAllEvents ? ALL_EVENTS : webhookEvents.map(({ eventType }) => eventType),
    retry_delays: endpoint.retryDelaysSeconds ?? null,
    webhook_events: (receivesAllEvents ? appEvents : webhookEvents).map(presentWebhookEventBriefly),
    subscription: presentSubscriptionBriefly(endpoint.subscription),
  };
}
