import { z } from 'zod';
import { ALL_EVENTS } from '#src/domain/endpoints/enabled-events.ts';
import { isEventPattern } from '#src/domain/endpoints/event-patterns.ts';
import { optionalLine } from './form.ts';

const QUOTED_LENGTH = 40;

/** Which events an endpoint gets. `events_shown` is what the form showed as chosen when it was opened. */
export const eventChoice = z.strictObject({
  events: z.enum(['all', 'some']).default('all'),
  events_shown: z.enum(['all', 'some']).optional(),
  /** Patterns as typed, like `order.*, user.*`; besides what is ticked. */
  event_patterns: optionalLine(2000),
  event_types: z.union([z.array(z.string()), z.string().transform((type) => [type])]).default([]),
});

type EventChoice = z.infer<typeof eventChoice>;

/**
 * Refuses what says of no event, or of two sets of events, that the endpoint gets it. None: "Only these" with nothing
 * ticked, because such an endpoint would get nothing, ever. Two: ticks below an "All events" that the form was opened
 * with. Nothing was ticked there, and without script a tick does not move the choice, so either may be meant. What is
 * typed was never of before. Refuses what is no pattern, too.
 */
export function refuseUnclear(choice: EventChoice, context: z.core.$RefinementCtx): void {
  const { events, events_shown: shown } = choice;
  const types = chosenTypes(choice);
  const isNone = events === 'some' && types.length === 0;
  const typed = typedPatterns(choice);
  const isBoth = events === 'all' && (typed.length > 0 || (shown !== 'some' && types.length > 0));
  const wrong = typed.find((one) => !isEventPattern(one));
  if (wrong !== undefined) {
    const message = `“${wrong.slice(0, QUOTED_LENGTH)}” is no pattern: write it like order.*`;
    context.addIssue({ code: 'custom', path: ['event_patterns'], message });
  }
  if (isNone) context.addIssue({ code: 'custom', path: ['event_types'], message: TICKED_NONE });
  if (isBoth) context.addIssue({ code: 'custom', path: ['event_types'], message: CHOSEN_BOTH });
}

const TICKED_NONE =
  'Tick at least one event, or choose all events. To send nothing for now, turn the endpoint off.';
const CHOSEN_BOTH =
  'Both “All events” and single events are chosen. Choose “Only these”, or leave “All events” and untick the others.';

/** The radio decides: ticks of before "All events" was chosen say nothing. */
export function enabledEvents(choice: EventChoice): string[] | typeof ALL_EVENTS {
  return choice.events === 'some' ? chosenTypes(choice) : ALL_EVENTS;
}

const chosenTypes = (choice: EventChoice): string[] => [...choice.event_types, ...typedPatterns(choice)];

const typedPatterns = ({ event_patterns: typed }: EventChoice): string[] =>
  typed.split(/[\s,]+/).filter((one) => one !== '');
