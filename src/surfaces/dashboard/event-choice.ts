import { z } from 'zod';
import { ALL_EVENTS } from '#src/domain/endpoints/endpoints.ts';

/** Which events an endpoint gets. `events_shown` is what the form showed as chosen when it was opened. */
export const eventChoice = z.strictObject({
  events: z.enum(['all', 'some']).default('all'),
  events_shown: z.enum(['all', 'some']).optional(),
  event_types: z.union([z.array(z.string()), z.string().transform((type) => [type])]).default([]),
});

type EventChoice = z.infer<typeof eventChoice>;

/**
 * Whether only the ticked events are meant: also when somebody ticks events below an untouched "All events", because
 * nothing is ticked there at first.
 */
function isOfSome({ events, events_shown: shown, event_types: types }: EventChoice): boolean {
  return events === 'some' || (shown === 'all' && types.length > 0);
}

/** Refuses "Only these" with none ticked, because such an endpoint would get nothing, ever. */
export function refuseNoEvent(choice: EventChoice, context: z.core.$RefinementCtx): void {
  if (!isOfSome(choice) || choice.event_types.length > 0) return;
  context.addIssue({
    code: 'custom',
    path: ['event_types'],
    message: 'Tick at least one event, or choose all events. To send nothing for now, turn the endpoint off.',
  });
}

export function enabledEvents(choice: EventChoice): string[] | typeof ALL_EVENTS {
  return isOfSome(choice) ? choice.event_types : ALL_EVENTS;
}
