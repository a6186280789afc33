import { z } from 'zod';
import { ACTION_NAMES } from '#src/domain/audit/actions.ts';
import { moment, text } from './fields.ts';

export const auditFilters = z
  .strictObject({
    actor: text(255)
      .optional()
      .describe(
        'Only what this one did: `person`, `api_key`, `heroku`, `portal`, `system`, an address, or the id of an actor.',
      ),
    action: z.enum(ACTION_NAMES).optional().describe('Only this.'),
    q: text(200)
      .optional()
      .describe('Only where an address, the action, or the name or id of the object holds this.'),
    since: moment.optional().describe('Only what was done then or later.'),
    until: moment.optional().describe('Only what was done before.'),
  })
  .transform(({ q, ...filters }) => ({ ...filters, text: q }));
