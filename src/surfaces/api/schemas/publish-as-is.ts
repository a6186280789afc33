import { z } from 'zod';
import { eventType, idOrUid, text, version } from './fields.ts';

/** Parameters of a message whose body has any format, so its fields are in the query. */
export const publishParameters = z
  .strictObject({
    event_type: eventType,
    version: version.describe('Endpoints that take this version receive it.'),
    event_id: text(255)
      .optional()
      .describe(
        'Your own id of the event: the same message with it again is not taken, the first is answered; another message with it is refused.',
      ),
    subscription: idOrUid
      .optional()
      .describe('Only to the endpoints of this subscription, by its id or your `uid`.'),
  })
  .transform(({ event_type, event_id, ...rest }) => ({
    ...rest,
    eventType: event_type,
    eventId: event_id ?? null,
  }));
