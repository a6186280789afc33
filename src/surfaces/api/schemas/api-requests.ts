import { z } from 'zod';
import { moment, text } from './fields.ts';

export const requestFilters = z
  .strictObject({
    outcome: z
      .enum(['refused', 'accepted'])
      .optional()
      .describe('Only those that were refused, or only the others.'),
    status: z
      .string()
      .max(3)
      .regex(/^[1-5]\d\d$/, 'must be an HTTP status')
      .transform(Number)
      .optional()
      .meta({ description: 'Only with this HTTP status.', examples: ['422'] }),
    code: text(100).optional().describe('Only with this `code`.'),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional().describe('Only this.'),
    q: text(200).optional().describe('Only where the address, the request id or the `event_id` holds this.'),
    since: moment.optional().describe('Only those answered then or later.'),
    until: moment.optional().describe('Only those answered before.'),
  })
  .transform(({ q, ...filters }) => ({ ...filters, text: q }));
