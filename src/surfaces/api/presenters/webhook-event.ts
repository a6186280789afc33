import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { EventHead, WebhookEvent } from '#src/domain/apps/webhook-event.ts';
import { withRawMember } from '#src/surfaces/api/answer.ts';
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
    versions: z
      .array(
        z.object({
          version: z.string().meta({ examples: ['2.0'] }),
          schema: z
            .unknown()
            .describe('A JSON Schema of the `data` in this version; null: as for the others.'),
          example: anyJson(
            'The `data` of tests of this version, as it was written; null: the sample payload.',
          ),
        }),
      )
      .describe('How the `data` differs by version.'),
    enforce: z.boolean().describe('Whether messages whose `data` is not as the schema says are refused.'),
    broadcast: z
      .boolean()
      .describe(
        'Whether a message of it may be posted to the app, and not to one subscription or endpoint alone.',
      ),
    app: briefAppShape,
  }),
);

export const briefWebhookEventShape = named(
  'WebhookEventBrief',
  'A webhook event inside of an endpoint that receives it.',
  z.object(brief),
);

/** Returns a JSON text, because samples are shown byte for byte. */
export function presentWebhookEvent(event: WebhookEvent, app: App): string {
  const rest: Omit<z.output<typeof webhookEventShape>, 'sample_payload' | 'versions'> = {
    ...presentWebhookEventBriefly(event),
    description: event.description,
    schema: event.schema ?? null,
    enforce: event.enforce,
    broadcast: event.broadcast,
    app: presentAppBriefly(app),
  };
  const text = withRawMember(rest, 'sample_payload', event.samplePayloadText);
  return `${text.slice(0, -1)},"versions":${event.versionsText}}`;
}

export function presentWebhookEventBriefly({
  id,
  eventType,
  createdAt,
}: EventHead): z.output<typeof briefWebhookEventShape> {
  return { id, event_type: eventType, created_at: createdAt };
}
