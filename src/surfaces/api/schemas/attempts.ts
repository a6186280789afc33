import { z } from 'zod';
import { ATTEMPT_OUTCOMES, ATTEMPT_TRIGGERS } from '#src/domain/attempts/attempt.ts';
import { STATUS_CLASSES } from '#src/domain/attempts/status-class.ts';
import { idOrUid, moment, text, uuid } from './fields.ts';
import { statusCodeQuery } from './status-code-query.ts';
import { textQuery } from './text-query.ts';

const filters = z.strictObject({
  status: z.enum(['success', 'failed']).optional().describe('Only those that ended so.'),
  status_code: statusCodeQuery.optional().describe('Only those that were answered so; 0: not at all.'),
  status_class: z
    .enum(STATUS_CLASSES)
    .optional()
    .describe('Only those that were answered with a code of this class.'),
  outcome: z
    .enum(ATTEMPT_OUTCOMES)
    .optional()
    .describe('Only those that ended so; `status`: with an answer, whatever its code.'),
  trigger: z.enum(ATTEMPT_TRIGGERS).optional().describe('Only those that were made for this reason.'),
  event_type: text(255).optional().describe('Only of messages of this type.'),
  subscription_id: idOrUid
    .optional()
    .describe('Only to endpoints of this subscription, by its id or your `uid`.'),
  endpoint_id: idOrUid.optional().describe('Only to this endpoint, by its id or your `uid`.'),
  message_id: uuid.optional().describe('Only of this message.'),
  q: textQuery('Only those whose payload, event type, event id, answer or error holds these words.'),
  since: moment.optional().describe('Only those that began then or later.'),
  until: moment.optional().describe('Only those that began before.'),
});

export const attemptFilters = filters.transform(({ endpoint_id, ...input }) => ({
  ...toFilters(input),
  endpointId: endpoint_id,
}));

/** The endpoint is in the address. */
const filtersOfEndpoint = filters.omit({ endpoint_id: true });
export const attemptFiltersOfEndpoint = filtersOfEndpoint.transform(toFilters);

function toFilters(input: z.output<typeof filtersOfEndpoint>) {
  return {
    status: input.status,
    statusCode: input.status_code === 0 ? null : input.status_code,
    statusClass: input.status_class,
    outcome: input.outcome,
    trigger: input.trigger,
    eventType: input.event_type,
    subscriptionId: input.subscription_id,
    messageId: input.message_id,
    text: input.q,
    since: input.since,
    until: input.until,
  };
}
