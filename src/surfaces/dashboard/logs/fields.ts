import { z } from 'zod';
import { ATTEMPT_OUTCOMES, ATTEMPT_TRIGGERS } from '#src/domain/attempts/attempt.ts';
import { STATUS_CLASSES } from '#src/domain/attempts/status-class.ts';
import { DELIVERY_STATES, type DeliveryState, IGNORE_REASONS } from '#src/domain/deliveries/delivery.ts';
import { channelLabel } from '#src/domain/outbound-rules/channels.ts';
import { readTextQuery } from '#src/domain/search/text-query.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { text } from '#src/infra/lib/text-schema.ts';

export const STATES = Object.keys(DELIVERY_STATES) as DeliveryState[];

/** Milliseconds of the times that can be chosen, up to now. */
export const LAST_MS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000 } as const;

const id = z.string().refine(isUuid);

/** In UTC, as a field of the type `datetime-local` sends it; or ISO 8601, as the API takes it. */
const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/)
  .refine((value) => momentOf(value) >= 0, 'must be a time after 1970');

/** Milliseconds since 1970. */
export const momentOf = (value: string) => Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(value) ? value : `${value}Z`);

const common = {
  q: text(200)
    .superRefine((words, context) => {
      const query = readTextQuery(words);
      if (typeof query === 'string') context.addIssue(query);
    })
    .optional(),
  event_type: text(255)
    .regex(/^[^\p{Cc}]+$/u)
    .optional(),
  subscription_id: id.optional(),
  last: z.enum(Object.keys(LAST_MS) as (keyof typeof LAST_MS)[]).optional(),
  since: moment.optional(),
  until: moment.optional(),
};

const answered = {
  status_code: z
    .string()
    .regex(/^\d{1,3}$/)
    .optional(),
  status_class: z.enum(STATUS_CLASSES).optional(),
  outcome: z.enum(ATTEMPT_OUTCOMES).optional(),
};

export const attemptFields = z.strictObject({
  status: z.enum(['success', 'failed']).optional(),
  ...common,
  ...answered,
  trigger: z.enum(ATTEMPT_TRIGGERS).optional(),
  endpoint_id: id.optional(),
  message_id: id.optional(),
});

/** Of all apps: what names no part of one. */
export const accountFields = attemptFields.omit({
  subscription_id: true,
  endpoint_id: true,
  message_id: true,
});

export const deliveryFields = z.strictObject({
  state: z.enum(STATES).optional(),
  reason: z.enum(IGNORE_REASONS).optional(),
  ...common,
  ...answered,
  endpoint_id: id.optional(),
});

export const messageFields = z.strictObject({
  state: z.enum(STATES).optional(),
  ...common,
  event_id: text(255)
    .regex(/^[^\p{Cc}]+$/u)
    .optional(),
  channel: channelLabel.optional(),
});

/** The filters of the lists, as addresses carry them. */
export type AttemptQuery = z.infer<typeof attemptFields>;
export type DeliveryQuery = z.infer<typeof deliveryFields>;
export type MessageQuery = z.infer<typeof messageFields>;
/** Of any list. */
export type LogQuery = Partial<AttemptQuery & DeliveryQuery & MessageQuery>;

/** The lists by the last part of their address. */
export const LOG_FIELDS = {
  webhook_attempts: attemptFields,
  deliveries: deliveryFields,
  messages: messageFields,
} as const;

export type LogName = keyof typeof LOG_FIELDS;
