import { z } from 'zod';
import type { HourCount } from '#src/domain/attempts/delivery-counts.ts';
import type { Missed } from '#src/domain/deliveries/delivery.ts';
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
  { failed: failedDeliveries, held }: Missed,
): z.output<typeof statsShape> {
  const succeeded = hours.reduce((sum, hour) => sum + hour.succeeded, 0);
  const failed = hours.reduce((sum, hour) => sum + hour.failed, 0);
  const attempts = succeeded + failed;
  return {
    attempts,
    succeeded,
    failed,
    error_rate: attempts === 0 ? 0 : Math.round((failed / attempts) * 10_000) / 100,
    missed: { failed: failedDeliveries, held },
    by_hour: hours.map((hour) => ({ hour: hour.hour, succeeded: hour.succeeded, failed: hour.failed })),
  };
}
