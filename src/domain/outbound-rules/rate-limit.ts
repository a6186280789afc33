import { z } from 'zod';

export const rateLimit = z
  .strictObject({
    limit: z.int().min(1).max(10_000).describe('How many sends.'),
    period: z
      .enum(['second', 'minute', 'hour', 'concurrent'])
      .describe('In which time, evenly spaced; `concurrent`: at once.'),
  })
  .meta({
    id: 'RateLimit',
    description: 'How fast an endpoint is sent to. What is over it waits, and costs no attempt.',
    examples: [{ limit: 10, period: 'second' }],
  });

export type RateLimit = z.output<typeof rateLimit>;

const PERIOD_MS = { second: 1000, minute: 60_000, hour: 3_600_000 };
/** The releases of so long a time may go together, because each turn costs a transaction. */
const TURN_MS = 50;

/** How many deliveries one turn may release, and how long after it nothing may be. */
export interface Pace {
  count: number;
  /** Milliseconds for each that was released. */
  intervalMs: number;
}

/**
 * The pace of a limit by time: smoothed, and in no window of the period more than the limit. Where several go together
 * the interval is longer for it, because a window may begin just before one turn and end just after another.
 */
export function paceOf({ limit, period }: RateLimit): Pace | null {
  if (period === 'concurrent') return null;
  const periodMs = PERIOD_MS[period];
  const count = Math.max(1, Math.floor((limit * TURN_MS) / periodMs));
  return { count, intervalMs: periodMs / (limit - count + 1) };
}
