import { z } from 'zod';
import { ATTEMPT_OUTCOMES } from '#src/domain/attempts/attempt.ts';
import { IGNORE_REASONS } from '#src/domain/deliveries/delivery.ts';
import { STATUS_CLASSES } from '#src/domain/attempts/status-class.ts';
import { idOrUid, moment, text, uuid } from './fields.ts';
import { STATES, states } from './states.ts';
import { statusCodeQuery } from './status-code-query.ts';
import { textQuery } from './text-query.ts';

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
    status_code: statusCodeQuery
      .optional()
      .describe('Only those whose last attempt was answered so; 0: not at all.'),
    status_class: z
      .enum(STATUS_CLASSES)
      .optional()
      .describe('Only those whose last attempt was answered with a code of this class.'),
    outcome: z.enum(ATTEMPT_OUTCOMES).optional().describe('Only those whose last attempt ended so.'),
    q: textQuery(
      'Only those whose payload, event type or event id holds these words, or an answer or error of theirs.',
    ),
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
    statusClass: input.status_class,
    outcome: input.outcome,
    text: input.q,
    since: input.since,
    until: input.until,
  }));
