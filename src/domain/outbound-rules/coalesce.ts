import { z } from 'zod';

export const coalesce = z.boolean().meta({
  description:
    'Whether a message with a `coalesce_key` replaces the earlier one with this key that still waits, ' +
    'for its first attempt or another.',
  examples: [true],
});
