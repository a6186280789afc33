import { z } from 'zod';
import type { FilterVerdict } from '#src/domain/outbound-rules/filter.ts';
import { named } from './shape.ts';

export const filterVerdictShape = named(
  'FilterVerdict',
  'Whether a message passes a filter.',
  z.object({
    matches: z.boolean(),
    failed: z.array(z.string()).meta({
      description: 'The paths of the parts of the filter that do not hold, at most 50.',
      examples: [['body.order.amount.$gt']],
    }),
    is_too_costly: z
      .boolean()
      .describe(
        'Whether it was given up, because it takes too long on so much data. It does not match then.',
      ),
  }),
);

export const presentFilterVerdict = ({ matches, failed, isTooCostly }: FilterVerdict) => ({
  matches,
  failed,
  is_too_costly: isTooCostly,
});
