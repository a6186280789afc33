import { z } from 'zod';
import { ALL_EVENTS } from '#src/domain/endpoints/enabled-events.ts';

/** Which events an endpoint gets. `events_shown` is what the form showed as chosen when it was opened. */
export const eventChoice = z.strictObject({
  events: z.enum(['all', 'some']).default('all'),
  events_shown: z.enum(['all', 'some']).optional(),
  event_types: z.union([z.array(z.string()), z.string().transform((type) => [type])]).default([]),
});

type EventChoice = z.infer<typeof eventChoice>;

/**
 * Refuses what says of no event, or of two sets of events, that the endpoint gets it. None: "Only these" with nothing
 * ticked, because such an endpoint would get nothing, ever. Two: ticks below an "All events" that the form was opened
 * with. Nothing was ticked there, and without script a tick does not move the choice, so either may be meant.
 */
export function refuseUnclear(choice: EventChoice, context: z.core.$RefinementCtx): void {
  const { events, events_shown: shown, event_types: types } = choice;
  const isNone = events === 'some' && types.length === 0;
  const isBoth = events === 'all' && shown !== 'some' && types.length > 0;
  if (isNone) context.addIssue({ code: 'custom', path: ['event_types'], message: TICKED_NONE });
  if (isBoth) context.addIssue({ code: 'custom', path: ['event_types'], message: CHOSEN_BOTH });
}

const TICKED_NONE =
  'Tick at least one event, or choose all events. To send nothing for now, turn the endpoint off.';
const CHOSEN_BOTH =
  'Both “All events” and single events are chosen. Choose “Only these”, or leave “All events” and untick the others.';

/** The radio decides: ticks of before "All events" was chosen say nothing. */
export function enabledEvents({ events, event_types: types }: EventChoice): string[] | typeof ALL_EVENTS {
  return events === 'some' ? types : ALL_EVENTS;
}
