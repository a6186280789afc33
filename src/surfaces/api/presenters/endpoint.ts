import { z } from 'zod';
import type { EventHead } from '#src/domain/apps/webhook-event.ts';
import { ALL_EVENTS, enabledTypes, receivedEvents } from '#src/domain/endpoints/enabled-events.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { type EndpointRules, endpointRuleFields, showRules } from '#src/domain/outbound-rules/rules.ts';
import { createdAt, id, named, optionalTime, retryDelays, uid } from './shape.ts';
import { briefSubscriptionShape, presentSubscriptionBriefly } from './subscription.ts';
import { briefWebhookEventShape, presentWebhookEventBriefly } from './webhook-event.ts';

export const endpointShape = named(
  'Endpoint',
  'A URL of a subscriber that webhooks are sent to.',
  z.object({
    id: id(),
    uid,
    url: z.string().meta({ examples: ['https://hooks.globex.example/orders'] }),
    description: z.string().describe('For people.'),
    version: z.string().meta({ description: 'It receives messages of this version.', examples: ['1.0'] }),
    status: z.enum(['active', 'inactive']),
    inactive_reason: z
      .enum(['attempts_exhausted', 'gone'])
      .nullable()
      .describe('Why we turned it off; null if it is on, or was turned off by hand.'),
    inactive_since: optionalTime('Since when it is off.'),
    failing_since: optionalTime('Since when its deliveries fail; null when it is well.'),
    next_probe_at: optionalTime('When we look whether one that we turned off is well again.'),
    paused_at: optionalTime('Since when what it should get waits; null: it is not paused.'),
    url_since: optionalTime('Since when it has this URL; null: always. Attempts before went to another.'),
    secret_since: optionalTime('Since when it has this signing secret; null: always.'),
    rules_since: optionalTime(
      'Since when its requests have this version, transformation, authentication, headers and signatures; null: always.',
    ),
    error_rate: z
      .number()
      .meta({ description: 'Percent of the attempts of the last day that failed.', examples: [0] }),
    created_at: createdAt,
    enabled_events: z.union([z.literal(ALL_EVENTS), z.array(z.string())]).meta({
      description: 'The event types, and patterns of such, that it receives; `*`: all.',
      examples: [['user.created']],
    }),
    retry_delays: retryDelays,
    ...endpointRuleFields,
    transformation_id: z
      .guid()
      .nullable()
      .meta({ description: 'What changes what is sent to it; null: nothing.', examples: [null] }),
    webhook_events: z.array(briefWebhookEventShape).describe('The events that it receives.'),
    subscription: briefSubscriptionShape,
  }),
);

interface Surroundings {
  /** Failed attempts in percent. */
  errorRate: number;
  /** All event types of the app, of which an endpoint for `*` or a pattern receives some. */
  appEvents: EventHead[];
  /** The static headers, with their values for a key that may see these. */
  headers?: EndpointRules['headers'];
}

export function presentEndpoint(
  endpoint: EndpointWithParents,
  { errorRate, appEvents, headers = endpoint.rules.headers }: Surroundings,
): z.output<typeof endpointShape> {
  const { receivesAllEvents } = endpoint;
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
    paused_at: endpoint.pausedAt ?? null,
    url_since: endpoint.urlSince ?? null,
    secret_since: endpoint.secretSince ?? null,
    rules_since: endpoint.rulesSince ?? null,
    error_rate: errorRate,
    created_at: endpoint.createdAt,
    enabled_events: receivesAllEvents ? ALL_EVENTS : enabledTypes(endpoint),
    retry_delays: endpoint.retryDelaysSeconds ?? null,
    ...showRules(endpointRuleFields, { ...endpoint.rules, headers }),
    transformation_id: endpoint.transformationId ?? null,
    webhook_events: receivedEvents(endpoint, appEvents).map(presentWebhookEventBriefly),
    subscription: presentSubscriptionBriefly(endpoint.subscription),
  };
}
