import { z } from 'zod';
import { eventType, moment, text, uuid, version } from './fields.ts';
import { messageHeaders } from './message-headers.ts';

const MAX_AHEAD_MS = 30 * 24 * 3_600_000;

/** All of a message but its `data`, which is cut out of the body's text and never parsed. */
export const newMessage = z.preprocess(
  helpWithType,
  z
    .object({
      event_type: eventType,
      version,
      event_id: text(255).min(1).nullish(),
      override_payload: z.boolean().nullish(),
      headers: messageHeaders.nullish(),
      deliver_at: moment
        .refine((value) => value.getTime() <= Date.now() + MAX_AHEAD_MS, 'must be within the next 30 days')
        .nullish(),
    })
    .transform((input) => ({
      eventType: input.event_type,
      version: input.version,
      eventId: input.event_id ?? null,
      overridePayload: input.override_payload ?? false,
      headers: input.headers ?? null,
      deliverAt: input.deliver_at ?? null,
    })),
);

/** A message as far as routing cares: what `explain` needs. */
export const explained = z
  .object({
    event_type: eventType,
    version,
    subscription_id: uuid.nullish(),
    endpoint_id: uuid.nullish(),
  })
  .transform((input) => ({
    eventType: input.event_type,
    version: input.version,
    subscription_id: input.subscription_id ?? null,
    endpoint_id: input.endpoint_id ?? null,
  }));

export const messageFilters = z
  .object({
    event_type: text(255).optional(),
    event_id: text(255).optional(),
    since: moment.optional(),
    until: moment.optional(),
  })
  .transform(({ event_type, event_id, since, until }) => ({
    eventType: event_type,
    eventId: event_id,
    since,
    until,
  }));

/** The envelope that we send says `type`, so callers write it, too. */
function helpWithType(value: unknown, context: z.core.$RefinementCtx): unknown {
  const input = value as Record<string, unknown>;
  if ('type' in input && !('event_type' in input)) {
    context.issues.push({
      code: 'custom',
      message: 'is required; the field is called event_type, not type',
      path: ['event_type'],
      input: value,
    });
  }
  return value;
}
