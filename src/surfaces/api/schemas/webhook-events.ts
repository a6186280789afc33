import { z } from 'zod';
import { type EventVersion, NO_SAMPLE, writeVersions } from '#src/domain/apps/schema-versions.ts';
import { MAX_VERSIONS_BYTES, samplePayloadText } from '#src/domain/apps/webhook-event-schema.ts';
import type { WebhookEventChanges } from '#src/domain/apps/webhook-events.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { elementSpans, memberSpans } from '#src/infra/lib/json-text.ts';
import type { JsonBody } from '#src/surfaces/api/json-body.ts';
import { description, eventType, version } from './fields.ts';
import { jsonValue } from './json-value.ts';

const MAX_VERSIONS = FIXED_LIMITS.versions.max;

/** Replaces samples by their JSON texts before validation, because samples are stored byte for byte. */
export function withSampleAsText({ text, value }: JsonBody): Record<string, unknown> {
  const members = memberSpans(text);
  const [sample, versions] = [members.get('sample_payload'), members.get('versions')];
  const spans =
    versions === undefined || !Array.isArray(value['versions']) ? [] : elementSpans(text, versions.start);
  return {
    ...value,
    ...(sample === undefined ? {} : { sample_payload: text.slice(sample.start, sample.end) }),
    ...(spans.length === 0
      ? {}
      : {
          versions: (value['versions'] as unknown[]).map((one, index) =>
            withExample(one, spans[index]?.start),
          ),
        }),
  };

  function withExample(one: unknown, start: number | undefined): unknown {
    if (!isObject(one)) return one;
    const example = memberSpans(text, start).get('example');
    return example === undefined ? one : { ...one, example: text.slice(example.start, example.end) };
  }
}

const schema = jsonValue.refine(
  (value) => value === null || isObject(value),
  'must be a JSON Schema, as an object, or null',
);

const eventVersion = z.strictObject({
  version: version.describe('What messages and endpoints call it.'),
  schema: schema.optional().describe('A JSON Schema of the `data` in this version; null: as for the others.'),
  example: samplePayloadText.optional(),
});

const fields = z.strictObject({
  event_type: eventType.meta({
    description: 'What messages will name it by; `namespace.event` reads well.',
    examples: ['user.created'],
  }),
  description: description.optional().describe('For people.'),
  sample_payload: samplePayloadText.optional(),
  schema: schema
    .optional()
    .describe(
      'A JSON Schema (2020-12, 2019-09 or draft-07) of the `data`, or null. References lead into the schema itself; patterns have no lookaround.',
    ),
  versions: z
    .array(eventVersion)
    .max(MAX_VERSIONS)
    .refine(
      (list) => new Set(list.map((one) => one.version)).size === list.length,
      'must name each version once',
    )
    .transform((list) => writeVersions(list.map(toVersion)))
    .refine((text) => Buffer.byteLength(text) <= MAX_VERSIONS_BYTES, 'must be at most 256 KB')
    .optional(),
  enforce: z
    .boolean()
    .optional()
    .describe(
      'Refuse messages whose `data` is not as the schema of their version says. By default they are taken.',
    ),
  broadcast: z
    .boolean()
    .optional()
    .describe(
      'Whether a message of it may be posted to the app, for every endpoint that wants it; at first true. If false, it is taken for a subscription or an endpoint alone.',
    ),
});

const optionalFields = fields.partial();

export const newWebhookEvent = fields.transform((input) => ({
  ...toChanges(input),
  eventType: input.event_type,
}));
export const webhookEventChanges = optionalFields.transform(toChanges);

function toVersion({
  version: name,
  schema: rules = null,
  example,
}: z.output<typeof eventVersion>): EventVersion {
  return { version: name, schema: rules, exampleText: example === 'null' ? null : (example ?? null) };
}

/** An event type as it is posted, with the samples as JSON. */
const posted = fields.extend({
  versions: z
    .array(
      eventVersion
        .extend({
          example: z
            .unknown()
            .optional()
            .describe('The `data` of tests of this version, kept as you wrote it.'),
        })
        .meta({ id: 'WebhookEventVersionInput' }),
    )
    .max(MAX_VERSIONS)
    .optional()
    .describe('How the `data` differs by version. What a version leaves out is as for all.'),
  sample_payload: z
    .unknown()
    .optional()
    .meta({
      description: 'The `data` of tests: any JSON up to 64 KB; it is kept exactly as you wrote it.',
      examples: [{ id: 42, email: 'ada@example.com' }],
    }),
});
export const postedWebhookEvent = posted.meta({ id: 'WebhookEventInput' });
export const postedWebhookEventChanges = posted.partial().meta({ id: 'WebhookEventPatch' });

function toChanges(input: z.output<typeof optionalFields>): WebhookEventChanges {
  return {
    eventType: input.event_type,
    description: input.description,
    // Null removes the sample, which is stored as an empty object.
    samplePayloadText: input.sample_payload === 'null' ? NO_SAMPLE : input.sample_payload,
    schema: input.schema,
    versionsText: input.versions,
    enforce: input.enforce,
    broadcast: input.broadcast,
  };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
