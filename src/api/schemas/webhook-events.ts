import { z } from 'zod';
import type { WebhookEventChanges } from '../../apps/webhook-events.ts';
import { description, eventType } from './fields.ts';
import { jsonValue } from './json-value.ts';

const fields = z.object({
  event_type: eventType,
  description: description.optional(),
  sample_payload: jsonValue.optional(),
  schema: jsonValue
    .refine((value) => value === null || isObject(value), 'must be a JSON Schema, as an object, or null')
    .optional(),
});

const optionalFields = fields.partial();

export const newWebhookEvent = fields.transform((input) => ({
  ...toChanges(input),
  eventType: input.event_type,
}));
export const webhookEventChanges = optionalFields.transform(toChanges);

function toChanges(input: z.output<typeof optionalFields>): WebhookEventChanges {
  return {
    eventType: input.event_type,
    description: input.description,
    // The column has no null: a sample that is taken away is an empty one.
    samplePayload: input.sample_payload === null ? {} : input.sample_payload,
    schema: input.schema,
  };
}

const isObject = (value: unknown) => typeof value === 'object' && !Array.isArray(value);
