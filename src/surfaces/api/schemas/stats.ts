import { z } from 'zod';
import { moment } from './fields.ts';

export const statsSpan = z.strictObject({
  since: moment
    .optional()
    .describe('The first hour is the one of this time; without it 24 hours before `until`. At most 31 days.'),
  until: moment.optional().describe('The last hour begins before this time; without it now.'),
});
