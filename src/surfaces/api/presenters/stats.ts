import { z } from 'zod';
import { statisticsOf, type StepCount } from '#src/domain/attempts/delivery-counts.ts';
import { HOUR_MS } from '#src/domain/attempts/ranges.ts';
import type { EndpointBacklog } from '#src/domain/deliveries/count-backlog.ts';
import type { QueueDepth } from '#src/domain/endpoint-queues/count-waiting.ts';
import { named, time } from './shape.ts';

const count = (description: string) => z.int().meta({ description, examples: [0] });

export const statsShape = named(
  'Stats',
  'How endpoints did in some hours, and what they missed: of one, or of all of a subscription or an app.',
  z.object({
    attempts: count('In all; tests are not counted.'),
    succeeded: count('Attempts that succeeded.'),
    failed: count('Attempts that failed.'),
    error_rate: z.number().meta({ description: 'Percent of attempts that failed.', examples: [0] }),
    answer_ms: z
      .object({
        p50: count('Half of the answers came within so many milliseconds.'),
        p95: count('95 of 100.'),
        p99: count('99 of 100.'),
      })
      .nullable()
      .describe(
        'How long answers took, exact to the step of a scale (…, 50, 70, 100, 150, …); null: there were none.',
      ),
    since: time('The first hour begins.'),
    until: time('The last hour ends.'),
    missed: z
      .object({
        failed: count('Deliveries that were given up.'),
        held: count('Deliveries that were kept while it was off.'),
      })
      .describe(
        'What a replay would send, whenever it was missed; of several endpoints counted up to 10,000.',
      ),
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
        paused: z.boolean().describe('Whether it is, or one of them is.'),
      })
      .describe('What waits for its rate limit, delay or order, or because it is paused.'),
    by_hour: z
      .array(
        z.object({ hour: time('Its beginning.'), succeeded: count('Attempts.'), failed: count('Attempts.') }),
      )
      .describe('Attempts by the hour, oldest first.'),
  }),
);

/** Attempts of some hours in total and by hour, oldest first, and what was missed and waits. */
export function presentStats(
  hours: StepCount[],
  { failed: failedDeliveries, held, scheduled }: EndpointBacklog,
  { depth, oldestSeconds, isPaused }: QueueDepth & { isPaused: boolean },
): z.output<typeof statsShape> {
  const { attempts, succeeded, failed, errorRate, answerMs } = statisticsOf(hours);
  const first = hours[0]?.beginsAt ?? new Date(0);
  return {
    attempts,
    succeeded,
    failed,
    error_rate: errorRate,
    answer_ms: answerMs,
    since: first,
    until: new Date(first.getTime() + hours.length * HOUR_MS),
    missed: { failed: failedDeliveries, held },
    scheduled,
    queue: { depth, oldest_seconds: oldestSeconds, paused: isPaused },
    by_hour: hours.map((hour) => ({ hour: hour.beginsAt, succeeded: hour.succeeded, failed: hour.failed })),
  };
}
