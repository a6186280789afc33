import { z } from 'zod';
import { samplePayloadText } from '../../apps/webhook-event-schema.ts';
import type { WebhookEventChanges } from '../../apps/webhook-events.ts';
import { memberSpans } from '../../lib/json-text.ts';
import type { JsonBody } from '../json-body.ts';
import { description, eventType } from './fields.ts';
import { jsonValue } from './json-value.ts';

/** The value to be checked: `sample_payload` as the text that it was written in, which is kept like that. */
export function withSampleAsText({ text, value }: JsonBody): Record<string, unknown> {
  const sample = memberSpans(text).get('sample_payload');
  return sample === undefined ? value : { ...value, sample_payload: text.slice(sample.start, sample.end) };
}

const fields = z.object({
  event_type: eventType.meta({
    description: 'What messages will name it by; `namespace.event` reads well.',
    examples: ['user.created'],
  }),
  description: description.optional().describe('For people.'),
  sample_payload: samplePayloadText.optional(),
  schema: jsonValue
    .refine((value) => value === null || isObject(value), 'must be a JSON Schema, as an object, or null')
    .optional()
    .describe('A JSON Schema of the `data`, or null.'),
});

const optionalFields = fields.partial();

export const newWebhookEvent = fields.transform((input) => ({
  ...toChanges(input),
  eventType: input.event_type,
}));
export const webhookEventChanges = optionalFields.transform(toChanges);

/** As it is posted, with the sample as JSON. */
const posted = fields.extend({
  sample_payload: z
    .unknown()
    .optional()
    .meta({
      description: 'The `data` of tests: any JSON up to 64 KB; it is kept exactly as you wrote it.',
      examples: [{ id: 42, email: 'ada@example.com' }],
    }),
});
export const postedWebhookEvent = posted.meta({ id: 'NewWebhookEvent' });
export const postedWebhookEventChanges = posted.partial().meta({ id: 'WebhookEventChanges' });

function toChanges(input: z.output<typeof optionalFields>): WebhookEventChanges {
  return {
    eventType: input.event_type,
    description: input.description,
    // A sample that is taken away is an empty one.
    samplePayloadText: input.sample_payload === 'null' ? '{}' : input.sample_payload,
    schema: input.schema,
  };
}

const isObject = (value: unknown) => typeof value === 'object' && !Array.isArray(value);
