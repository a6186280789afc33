import { z } from 'zod';
import { EXPORT_TYPES } from '../../exports/export-options.ts';
import { moment } from './fields.ts';

export const exportParameters = z
  .object({
    include: z
      .string()
      .transform((text) => text.split(',').map((word) => word.trim()))
      .pipe(z.array(z.enum(EXPORT_TYPES)))
      .optional(),
    since: moment.optional(),
    until: moment.optional(),
    secrets: z.enum(['true', 'false']).optional(),
  })
  .transform(({ include, since, until, secrets }) => ({
    include: include ?? EXPORT_TYPES,
    since,
    until,
    withSecrets: secrets === 'true',
  }));
