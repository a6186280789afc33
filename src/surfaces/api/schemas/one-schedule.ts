import type { z } from 'zod';

interface Schedules {
  retry_delays?: unknown;
  retry_policy?: unknown;
}

/** Refuses both forms of a retry schedule at once, because one of them would be ignored. */
export function oneSchedule(
  { retry_delays: delays, retry_policy: policy }: Schedules,
  context: z.RefinementCtx,
): void {
  if (delays == null || policy == null) return;
  const message = 'must not be given together with retry_delays, which is another form of the same';
  context.addIssue({ code: 'custom', path: ['retry_policy'], message });
}
