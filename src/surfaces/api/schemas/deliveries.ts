import { z } from 'zod';
import { DELIVERY_STATES, type DeliveryState, IGNORE_REASONS } from '#src/domain/deliveries/delivery.ts';
import { idOrUid, moment, text, uuid } from './fields.ts';

const STATES = Object.keys(DELIVERY_STATES) as DeliveryState[];
const state = z.enum(STATES);

/** Several states are written as one text with commas between them, because a parameter comes once. */
const states = z
  .string()
  .max(100)
  .transform((list) => list.split(','))
  .pipe(z.array(state).max(STATES.length))
  .meta({ type: 'string', examples: ['failed,held'] });

export const deliveryFilters = z
  .strictObject({
    state: states
      .optional()
      .describe(
        `Only those in this state, or in one of several with commas between them: ${STATES.join(', ')}.`,
      ),
    reason: z.enum(IGNORE_REASONS).optional().describe('Only those that this rule ignored.'),
    event_type: text(255).optional().describe('Only of messages of this type.'),
    subscription_id: idOrUid
      .optional()
      .describe('Only to endpoints that this subscription has now, by its id or your `uid`.'),
    endpoint_id: idOrUid.optional().describe('Only to this endpoint, by its id or your `uid`.'),
    message_id: uuid.optional().describe('Only of this message.'),
    status_code: z
      .string()
      .max(3)
      .regex(/^\d{1,3}$/, 'must be a status code, like 500; 0 means that there was no answer')
      .transform(Number)
      .meta({ type: 'integer', minimum: 0, maximum: 999 })
      .optional()
      .describe('Only those whose last attempt was answered so; 0: not at all.'),
    since: moment.optional().describe('Only of messages that were created then or later.'),
    until: moment.optional().describe('Only of messages that were created before.'),
  })
  .transform((input) => ({
    states: input.state,
    reason: input.reason,
    eventType: input.event_type,
    subscriptionId: input.subscription_id,
    endpointId: input.endpoint_id,
    messageId: input.message_id,
    statusCode: input.status_code === 0 ? null : input.status_code,
    since: input.since,
    until: input.until,
  }));
