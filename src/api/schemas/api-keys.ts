import { z } from 'zod';

const MOST_SECONDS = 30 * 86_400;

export const keyRotation = z.object({
  grace_seconds: z.int().min(0).max(MOST_SECONDS).default(86_400),
});
