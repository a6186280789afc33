import { z } from 'zod';

export const ordering = z.enum(['none', 'fifo']).meta({
  description:
    '`fifo`: one message at a time, in the order of acceptance. One that fails holds up those behind it. ' +
    'Messages with an `ordering_key` are in order among those with the same key only.',
  examples: ['fifo'],
});
