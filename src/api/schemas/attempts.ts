import { z } from 'zod';
import { moment, text, uuid } from './fields.ts';

export const attemptFilters = z
  .object({
    status: z.enum(['success', 'failed']).optional(),
    status_code: z
      .string()
      .regex(/^\d{1,3}$/, 'must be a status code, like 500; 0 means that there was no answer')
      .transform(Number)
      .optional(),
    event_type: text(255).optional(),
    subscription_id: uuid.optional(),
    endpoint_id: uuid.optional(),
    message_id: uuid.optional(),
    since: moment.optional(),
    until: moment.optional(),
  })
  .transform((input) => ({
    status: input.status,
    statusCode: input.status_code === 0 ? null : input.status_code,
    eventType: input.event_type,
    subscriptionId: input.subscription_id,
    endpointId: input.endpoint_id,
    messageId: input.message_id,
    since: input.since,
    until: input.until,
  }));
