import { z } from 'zod';
import { errorRateOf, type HourCount, sumOf } from '#src/domain/attempts/delivery-counts.ts';
import type { EndpointBacklog } from '#src/domain/deliveries/count-backlog.ts';
import type { QueueDepth } from '#src/domain/endpoint-queues/count-waiting.ts';
import { named, time } from './shape.ts';

const count = (description: string) => z.int().meta({ description, examples: [0] });

export const statsShape = named(
  'EndpointStats',
  'How an endpoint did in the last 24 hours, and what it missed.',
  z.object({
    attempts: count('In all.'),
    succeeded: count('Attempts that succeeded.'),
    failed: count('Attempts that failed.'),
    error_rate: z.number().meta({ description: 'Percent of attempts that failed.', examples: [0] }),
    missed: z
      .object({
        failed: count('Deliveries that were given up.'),
        held: count('Deliveries that were kept while it was off.'),
      })
      .describe('What a replay would send, whenever it was missed.'),
    scheduled: count(
      'Deliveries that wait for another attempt; while the endpoint is off each is kept when it is due.',
    ),
    queue: z
      .object({
        depth: count('Deliveries.'),
        oldest_seconds: z
          .int()
          .nullable()
          .meta({ description: 'How long ago the oldest of them was accepted.', examples: [null] }),
        paused: z.boolean(),
      })
      .describe('What waits for its rate limit, delay or order, or because it is paused.'),
    by_hour: z
      .array(
        z.object({ hour: time('Its beginning.'), succeeded: count('Attempts.'), failed: count('Attempts.') }),
      )
      .describe('Attempts by the hour, oldest first.'),
  }),
);

/** Attempts of the last 24 hours in total and by hour, oldest first, and the number of replayable deliveries. */
export function presentStats(
  hours: HourCount[],
  { failed: failedDeliveries, held, scheduled }: EndpointBacklog,
  { depth, oldestSeconds, isPaused }: QueueDepth & { isPaused: boolean },
): z.output<typeof statsShape> {
  const { succeeded, failed } = sumOf(hours);
  return {
    attempts: succeeded + failed,
    succeeded,
    failed,
    error_rate: errorRateOf({ succeeded, failed }),
    missed: { failed: failedDeliveries, held },
    scheduled,
    queue: { depth, oldest_seconds: oldestSeconds, paused: isPaused },
    by_hour: hours.map((hour) => ({ hour: hour.hour, succeeded: hour.succeeded, failed: hour.failed })),
  };
}
