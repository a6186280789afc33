import { z } from 'zod';
import { MISSED_STATES, REPLAYABLE_STATES } from '#src/domain/deliveries/delivery.ts';
import { eventType, moment } from './fields.ts';

export const replayableState = z
  .enum(REPLAYABLE_STATES)
  .meta({ id: 'ReplayableState', description: 'Of a delivery that an endpoint did not get.' });

/** By default a replay sends all that an endpoint missed: failed and held deliveries. */
export const newReplay = z
  .strictObject({
    since: moment.nullish().describe('Only messages that were created then or later.'),
    until: moment.nullish().describe('Only messages that were created before.'),
    status: z
      .union([
        replayableState.transform((one) => [one]),
        z.array(replayableState).min(1).max(REPLAYABLE_STATES.length),
        z.literal('missing'),
      ])
      .nullish()
      .describe(
        '`failed`, `held`, `ignored` or a list; failed and held if not given. `missing`: what the endpoint would get by its rules now and has no delivery of, because it was made later or took other events.',
      ),
    event_type: eventType.nullish().meta({ description: 'Only messages of this type.', examples: undefined }),
  })
  .meta({ id: 'ReplayInput' })
  .transform((input) => ({
    since: input.since ?? undefined,
    until: input.until ?? undefined,
    states: input.status === 'missing' ? [] : (input.status ?? MISSED_STATES),
    ofMissing: input.status === 'missing',
    eventType: input.event_type ?? undefined,
  }));

export const singleReplay = z
  .strictObject({
    force: z
      .boolean()
      .default(false)
      .describe('Send it although it was delivered. It counts as a message then.'),
  })
  .meta({ id: 'SingleReplayInput' });
