import { z } from 'zod';
import { headerPrefix, retryDelays as anyRetryDelays, successPolicy } from '#src/domain/apps/app-schema.ts';
import { IGNORE_REASONS } from '#src/domain/deliveries/delivery.ts';
import { eventPattern } from '#src/domain/endpoints/event-patterns.ts';
import { helperAnswer, MAX_FAILURES } from '#src/domain/hook-helpers/answer.ts';
import { channels } from '#src/domain/outbound-rules/channels.ts';
import { appRuleFields, endpointRuleFields, ruleInputs } from '#src/domain/outbound-rules/rules.ts';
import { portalSettings, portalStrings } from '#src/domain/apps/portal-settings.ts';
import { eventType, problemOfJson } from '#src/domain/apps/webhook-event-schema.ts';
import { email } from '#src/domain/subscriptions/email-schema.ts';
import { anyUid } from '#src/domain/uid-schema.ts';
import { text } from '#src/infra/lib/text-schema.ts';
import { transformationCode, transformationName } from '#src/domain/transformations/transformation-schema.ts';
import { MAX_MESSAGE_BYTES } from '#src/domain/messages/message.ts';
import { contentType, messageHeaders } from '#src/domain/messages/message-headers.ts';

// The lines of an export, as far as an import reads them.

/** Not strict, because strangers are looked for in all lines in one way (`refuse-strangers.ts`). */
const portal = z.object({
  ...portalSettings.partial().shape,
  strings: z.object(portalStrings.shape).optional(),
});

const id = z.guid().toLowerCase();
const uid = anyUid.nullable().default(null);
const time = z.iso.datetime({ offset: true });
const optionalTime = time.nullable().default(null);
const retryDelays = anyRetryDelays.default(null);
const count = z.int().min(0).max(2_147_483_647);
const ms = z.number().min(0).max(2_147_483_647).transform(Math.round);
const version = text(255).min(1);

const MAX_EVENTS = 1000;
const MAX_VERSIONS = 50;
const MAX_HEADERS = 1000;
/** Characters of base64 of a message of the greatest size. */
const MAX_BASE64 = 4 * Math.ceil(MAX_MESSAGE_BYTES / 3);

/** Checked before the members, because the issues of a million invalid members would fill the memory. */
const atMost = (max: number) =>
  z
    .unknown()
    .refine(
      (value) => typeof value !== 'object' || value === null || Object.keys(value).length <= max,
      `must hold at most ${String(max)}`,
    );

/** The limits of a posted schema. */
const jsonSchema = z
  .unknown()
  .superRefine((value, context) => {
    const problem = problemOfJson(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .pipe(z.looseObject({}).nullable());

export const lineSchemas = {
  app: z.object({
    id,
    uid,
    name: text(255).min(1),
    success_policy: successPolicy.default('any_2xx'),
    retry_delays: retryDelays,
    header_prefix: headerPrefix.default(null),
    portal: portal.default({}),
    ...ruleInputs(appRuleFields),
    created_at: time,
  }),
  webhook_event: z.object({
    id,
    event_type: eventType,
    description: text(2000).default(''),
    schema: jsonSchema.default(null),
    versions: atMost(MAX_VERSIONS)
      .pipe(z.array(z.object({ version, schema: jsonSchema })))
      .default([]),
    enforce: z.boolean().default(false),
    broadcast: z.boolean().default(true),
    created_at: time,
  }),
  transformation: z.object({
    id,
    name: transformationName,
    code: transformationCode,
    version: count.min(1).default(1),
    created_at: time,
    updated_at: time,
  }),
  subscription: z.object({
    id,
    uid,
    name: text(255).min(1),
    email: email.nullable().default(null),
    created_at: time,
  }),
  endpoint: z.object({
    id,
    uid,
    url: text(2048),
    description: text(2000).default(''),
    version,
    status: z.enum(['active', 'inactive']),
    inactive_reason: z.enum(['attempts_exhausted', 'gone']).nullable().default(null),
    inactive_since: optionalTime,
    failing_since: optionalTime,
    paused_at: optionalTime,
    url_since: optionalTime,
    secret_since: optionalTime,
    rules_since: optionalTime,
    enabled_events: z.union([
      z.literal('*'),
      atMost(MAX_EVENTS).pipe(z.array(z.union([eventType, eventPattern]))),
    ]),
    retry_delays: retryDelays,
    subscription: z.object({ id }),
    transformation_id: id.nullable().default(null),
    ...ruleInputs(endpointRuleFields),
    secret: text(255).min(1).optional(),
    created_at: time,
  }),
  hook_helper: z.object({
    id,
    label: text(255).min(1),
    url: text(2048),
    endpoint_id: id.nullable(),
    answer: helperAnswer.nullable().default(null),
    failures_left: z.int().min(0).max(MAX_FAILURES).default(0),
    created_at: time,
  }),
  message: z.object({
    id,
    event_type: eventType,
    version,
    event_id: text(255).min(1).nullable().default(null),
    override_payload: z.boolean().default(false),
    headers: messageHeaders.nullable().default(null),
    channels: channels.nullable().default(null),
    deliver_at: optionalTime,
    ordering_key: text(255).min(1).nullable().default(null),
    coalesce_key: text(255).min(1).nullable().default(null),
    content_type: contentType.nullable().default(null),
    data_base64: z.base64().max(MAX_BASE64).nullable().default(null),
    data_text: text(MAX_MESSAGE_BYTES)
      .refine((value) => Buffer.byteLength(value) <= MAX_MESSAGE_BYTES, 'must be at most 1 MB')
      .optional(),
    deliveries_count: count.default(0),
  }),
  delivery: z.object({
    message_id: id,
    endpoint_id: id,
    state: z.enum(['pending', 'delivered', 'scheduled', 'failed', 'held', 'ignored', 'discarded']),
    reason: z.enum(IGNORE_REASONS).nullable().default(null),
    attempts_made: z.int().min(0).max(32_767),
  }),
  attempt: z.object({
    id,
    message_id: id,
    endpoint_id: id,
    subscription_id: id,
    status_code: z.string().regex(/^\d{1,4}$/),
    status_message: z.enum(['success', 'failed']),
    response: text(65_536).nullable().default(null),
    error_message: text(4096).default(''),
    event_type: eventType,
    attempt_number: z.int().min(1).max(32_767),
    trigger: z.enum(['automatic', 'test', 'replay', 'probe']).default('automatic'),
    outcome: text(50).default('status'),
    duration_ms: ms,
    dns_ms: ms.nullable().default(null),
    connect_ms: ms.nullable().default(null),
    tls_ms: ms.nullable().default(null),
    first_byte_ms: ms.nullable().default(null),
    possible_duplicate: z.boolean().default(false),
    repeated: z.boolean().default(false),
    outcome_unknown: z.boolean().default(false),
    transformation_execution_id: id.nullable().default(null),
    response_headers: atMost(MAX_HEADERS)
      .pipe(
        z
          .record(text(1000), atMost(MAX_HEADERS).pipe(z.union([text(65_536), z.array(text(65_536))])))
          .nullable(),
      )
      .default(null),
    next_attempt_at: optionalTime,
  }),
};

export type LineType = keyof typeof lineSchemas;
export type LineOf<T extends LineType> = z.output<(typeof lineSchemas)[T]>;
