import { z } from 'zod';
import type { Forecast } from '#src/domain/replays/app-replays.ts';
import type { AppReplay, Estimate } from '#src/domain/replays/replay.ts';
import { createdAt, id, named } from './shape.ts';

const counts = {
  is_exact: z.boolean().describe('False: the counts say at least how many, because not all was looked at.'),
  endpoints: z.int().describe('At how many endpoints.'),
  endpoints_off: z.int().describe('Endpoints that are left out, because they are off.'),
  deliveries_off: z.int().describe('What matches at these.'),
};

export const appReplayShape = named(
  'AppReplay',
  'What matches a filter, sent again in the background.',
  z.object({
    id: id(),
    status: z.enum(['running', 'done', 'cancelled']),
    total: z.int().meta({ description: 'Deliveries that matched when it was asked for.', examples: [12] }),
    done: z.int().meta({ description: 'Those that were sent on so far.', examples: [0] }),
    ...counts,
    filter: z.record(z.string(), z.unknown()).describe('What was asked for.'),
    created_at: createdAt,
  }),
);

export const replayForecastShape = named(
  'ReplayForecast',
  'What a replay would do now.',
  z.object({
    total: z.int().meta({ description: 'Deliveries that it would send.', examples: [12] }),
    ...counts,
    endpoints_paused: z.int().describe('Of the endpoints those that are paused.'),
    deliveries_paused: z
      .int()
      .describe('What it would send to these. It waits there until they are resumed.'),
    seconds: z
      .int()
      .nullable()
      .describe(
        'About how long it takes at the endpoints that are not paused, by the latest requests to them, by their rate ' +
          'limits, and by what is sent before; at least so long where `is_exact` or `deliveries_ahead_is_exact` is ' +
          'false. Null: there was no request lately, and there is no limit by time; or all are paused. ' +
          '`delay_seconds` delays no replay, because it counts from when a message was accepted.',
      ),
    deliveries_ahead: z
      .int()
      .describe(
        'What is sent to these before: it waits in their queues (up to 10,000 are counted of each), or is to be ' +
          'replayed. Of more than 20 it is counted at the 20 that get the most.',
      ),
    deliveries_ahead_is_exact: z
      .boolean()
      .describe('False: `deliveries_ahead` says at least how many, because not all was counted.'),
    delivered_meanwhile: z
      .int()
      .describe(
        'Deliveries of that time that had failed or waited and were delivered since: not sent again.',
      ),
    delivered_meanwhile_is_exact: z
      .boolean()
      .describe('False: `delivered_meanwhile` says at least how many, of the newest 50,000 deliveries.'),
    superseded: z
      .int()
      .describe(
        'How many of what matches have a newer message with their `coalesce_key`, at endpoints that coalesce. They ' +
          'are sent all the same, after it. Of the newer messages with a key the latest 20 are looked at, or fewer ' +
          'of more than 1,500 keys.',
      ),
    superseded_is_exact: z
      .boolean()
      .describe(
        'False: `superseded` says at least how many. It is counted of 20,000 deliveries at endpoints that coalesce, ' +
          'with `q` of what `total` counts, and exactly of up to 1,500 keys.',
      ),
  }),
);

const presentCounts = (estimate: Estimate) => ({
  is_exact: estimate.isExact,
  endpoints: estimate.endpoints,
  endpoints_off: estimate.endpointsOff,
  deliveries_off: estimate.deliveriesOff,
});

export const presentAppReplay = (replay: AppReplay): z.output<typeof appReplayShape> => ({
  id: replay.id,
  status: replay.status,
  total: replay.total,
  done: replay.done,
  ...presentCounts(replay),
  filter: { ...replay.filter },
  created_at: replay.createdAt,
});

export const presentForecast = (forecast: Forecast): z.output<typeof replayForecastShape> => ({
  total: forecast.total,
  ...presentCounts(forecast),
  endpoints_paused: forecast.paused.endpoints,
  deliveries_paused: forecast.paused.deliveries,
  seconds: forecast.seconds,
  deliveries_ahead: forecast.ahead,
  deliveries_ahead_is_exact: !forecast.isAheadCut,
  delivered_meanwhile: forecast.deliveredMeanwhile.count,
  delivered_meanwhile_is_exact: !forecast.deliveredMeanwhile.isCut,
  superseded: forecast.superseded.count,
  superseded_is_exact: !forecast.superseded.isCut,
});
