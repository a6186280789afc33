import { z } from 'zod';
import { EXPORT_TYPES } from '#src/domain/exports/export-options.ts';
import { moment } from './fields.ts';

/** Characters of the parameter `include`. */
const MAX_INCLUDE = 200;

export const exportParameters = z
  .strictObject({
    include: z
      .string()
      .max(MAX_INCLUDE)
      .transform((text) => text.split(',').map((word) => word.trim()))
      .pipe(z.array(z.enum(EXPORT_TYPES)).max(MAX_INCLUDE))
      .optional()
      .describe('Which kinds of lines, with commas between them; all if not given.'),
    since: moment.optional().describe('Only messages and attempts from then on.'),
    until: moment.optional().describe('Only messages and attempts from before.'),
    secrets: z
      .enum(['true', 'false'])
      .meta({ type: 'boolean' })
      .optional()
      .describe('Whether signing secrets are in it; they are not if not given.'),
  })
  .transform(({ include, since, until, secrets }) => ({
    include: include ?? EXPORT_TYPES,
    since,
    until,
    withSecrets: secrets === 'true',
  }));
