import { z } from 'zod';
import { moment, text, uuid } from './fields.ts';
import { textQuery } from './text-query.ts';

export const attemptFilters = z
  .strictObject({
    status: z.enum(['success', 'failed']).optional().describe('Only those that ended so.'),
    status_code: z
      .string()
      .regex(/^\d{1,3}$/, 'must be a status code, like 500; 0 means that there was no answer')
      .transform(Number)
      .optional()
      .describe('Only those that were answered so; 0: not at all.'),
    event_type: text(255).optional().describe('Only of messages of this type.'),
    subscription_id: uuid.optional().describe('Only to endpoints of this subscription.'),
    endpoint_id: uuid.optional().describe('Only to this endpoint.'),
    message_id: uuid.optional().describe('Only of this message.'),
    q: textQuery.optional().describe('Only those whose payload, answer or error holds these words.'),
    since: moment.optional().describe('Only those that ended then or later.'),
    until: moment.optional().describe('Only those that ended before.'),
  })
  .transform((input) => ({
    status: input.status,
    statusCode: input.status_code === 0 ? null : input.status_code,
    eventType: input.event_type,
    subscriptionId: input.subscription_id,
    endpointId: input.endpoint_id,
    messageId: input.message_id,
    text: input.q,
    since: input.since,
    until: input.until,
  }));
