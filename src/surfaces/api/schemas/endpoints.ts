import { z } from 'zod';
import { ALL_EVENTS } from '#src/domain/endpoints/enabled-events.ts';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import { endpointRuleFields, pickRules, ruleInputs } from '#src/domain/outbound-rules/rules.ts';
import { signingSecret } from './endpoint-secrets.ts';
import { description, eventType, name, retryDelays, text, uid, uuid, version } from './fields.ts';
import { oneSchedule } from './one-schedule.ts';

/** One string and no choice, because generators of clients name a choice inside of a list anew at each place. */
const eventTypeOrAll = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(\*|[A-Za-z0-9_.:/-]*|[A-Za-z0-9_.:/-]+\.\*)$/);

const fields = z.strictObject({
  url: text(2048)
    .min(1)
    .meta({
      description: 'Where webhooks are sent: a public https address.',
      examples: ['https://hooks.globex.example/orders'],
    }),
  version,
  description: description.optional().describe('For people.'),
  status: z.enum(['active', 'inactive']).optional().describe('`active` at first.'),
  uid: uid.optional(),
  enabled_events: z
    .union(
      [z.literal(ALL_EVENTS), z.array(eventTypeOrAll).max(1000)],
      `must be a list of event types, or "${ALL_EVENTS}" for all`,
    )
    .optional()
    .meta({
      description:
        'The event types that it receives; `order.*`: all that begin with `order.`, also future ones; `*`, or nothing at first: all.',
      examples: [['user.created']],
    }),
  retry_delays: retryDelays.optional(),
  ...ruleInputs(endpointRuleFields),
  transformation_id: uuid
    .nullable()
    .optional()
    .describe('The transformation of the app that changes what is sent to it; null: none.'),
});

const optionalFields = fields.partial();

const ownFields = fields.pick({ url: true, description: true, enabled_events: true }).extend({
  enabled_events: fields.shape.enabled_events.meta({ examples: [['subscriber.created']] }),
});
/** An endpoint that hears of its account. */
export const newOwnEndpoint = ownFields
  .meta({ id: 'WebhookEndpointInput' })
  .transform(({ url, description, enabled_events: enabledEvents }) => ({ url, description, enabledEvents }));
export const ownEndpointChanges = ownFields
  .extend({ status: fields.shape.status })
  .partial()
  .meta({ id: 'WebhookEndpointPatch' })
  .transform(({ enabled_events: enabledEvents, ...rest }): EndpointChanges => ({ ...rest, enabledEvents }));

export const newOwnTest = z
  .strictObject({ event_type: eventType.meta({ examples: ['subscriber.created'] }) })
  .meta({ id: 'WebhookEndpointTestInput' });

export const newTest = z.strictObject({ event_type: eventType }).meta({ id: 'EndpointTestInput' });

const secret = signingSecret
  .optional()
  .describe(
    'The signing secret, if you bring one along from another service; by default a random one. It is never answered here, but at `…/secret`.',
  );

export const newEndpoint = fields
  .extend({ secret })
  .meta({ id: 'EndpointInput' })
  .superRefine(oneSchedule)
  .transform((input) => ({
    ...toChanges(input),
    url: input.url,
    version: input.version,
    secret: input.secret,
  }));
export const endpointChanges = optionalFields
  .meta({ id: 'EndpointPatch' })
  .superRefine(oneSchedule)
  .transform(toChanges);

/** Includes the endpoint's owner, which is needed when the PUT creates the endpoint. */
export const endpointPut = optionalFields
  .extend({
    secret: secret.describe('As for one that is created; one that is there must have it already.'),
    subscription: z
      .strictObject({ uid: uid.unwrap(), name: name.optional() })
      .meta({ id: 'EndpointOwnerInput' })
      .optional()
      .describe('Whose it is, by your own id: needed to make one. Made, too, if there is none.'),
  })
  .meta({ id: 'EndpointPut' })
  .superRefine(oneSchedule)
  .transform(({ subscription, secret, ...input }) => ({
    owner: subscription,
    secret,
    changes: toChanges(input),
  }));

function toChanges(input: z.output<typeof optionalFields>): EndpointChanges {
  return {
    url: input.url,
    version: input.version,
    description: input.description,
    status: input.status,
    uid: input.uid,
    enabledEvents: input.enabled_events,
    retryDelaysSeconds: input.retry_delays,
    rules: pickRules(endpointRuleFields, input),
    transformationId: input.transformation_id,
  };
}
