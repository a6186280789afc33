import { z } from 'zod';

const DAY_SECONDS = 86_400;

export const delaySeconds = z
  .int()
  .min(0)
  .max(DAY_SECONDS)
  .meta({ description: 'How long after it was accepted a message is sent first.', examples: [60] });
