import { z } from 'zod';
import type { App } from '../../apps/app.ts';
import type { WebhookEvent } from '../../apps/webhook-event.ts';
import { withRawMember } from '../answer.ts';
import { briefAppShape, presentAppBriefly } from './app.ts';
import { anyJson, createdAt, id, named } from './shape.ts';

const brief = {
  id: id(),
  event_type: z.string().meta({
    description: 'What messages name it by.',
    examples: ['user.created'],
  }),
  created_at: createdAt,
};

export const webhookEventShape = named(
  'WebhookEvent',
  'A type of event that an app sends.',
  z.object({
    ...brief,
    sample_payload: anyJson('The `data` of tests, exactly as it was written.'),
    description: z.string().describe('For people.'),
    schema: z.unknown().describe('A JSON Schema of the `data`, or null.'),
    app: briefAppShape,
  }),
);

export const briefWebhookEventShape = named(
  'WebhookEventBrief',
  'A webhook event inside of an endpoint that receives it.',
  z.object(brief),
);

/** JSON text, because the sample stands in it exactly as it was written. */
export function presentWebhookEvent(event: WebhookEvent, app: App): string {
  const rest: Omit<z.output<typeof webhookEventShape>, 'sample_payload'> = {
    ...presentWebhookEventBriefly(event),
    description: event.description,
    schema: event.schema ?? null,
    app: presentAppBriefly(app),
  };
  return withRawMember(rest, 'sample_payload', event.samplePayloadText);
}

export function presentWebhookEventBriefly({
  id,
  eventType,
  createdAt,
}: WebhookEvent): z.output<typeof briefWebhookEventShape> {
  return { id, event_type: eventType, created_at: createdAt };
}
