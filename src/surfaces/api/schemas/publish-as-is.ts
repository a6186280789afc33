import { z } from 'zod';
import { channels } from '#src/domain/outbound-rules/channels.ts';
import { expectedText } from './expectation.ts';
import { eventType, idOrUid, text, version } from './fields.ts';
import { COALESCED, coalesceKey, ORDERED, orderingKey } from './message-keys.ts';

/** Of ten channels with commas. */
const CHANNELS_LENGTH = 650;

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
    channels: text(CHANNELS_LENGTH)
      .transform((labels) => labels.split(','))
      .pipe(channels)
      .optional()
      .meta({
        description:
          'Separated by commas: it goes only to endpoints that have one of these channels, or none at all.',
        examples: ['eu,tenant-42'],
      }),
    ordering_key: orderingKey.optional().describe(ORDERED),
    coalesce_key: coalesceKey.optional().describe(COALESCED),
    subscription: idOrUid
      .optional()
      .describe('Only to the endpoints of this subscription, by its id or your `uid`.'),
    expect_subscriptions: expectedText
      .optional()
      .describe('To how many subscriptions it is meant to go: `3`, or `max:3`. Otherwise it is refused.'),
    expect_endpoints: expectedText
      .optional()
      .describe('To how many endpoints it is meant to go: `3`, or `max:3`. Otherwise it is refused.'),
  })
  .transform(
    ({ event_type, event_id, expect_subscriptions, expect_endpoints, channels: labels, ...keyed }) => ({
      subscription: keyed.subscription,
      version: keyed.version,
      channels: labels ?? null,
      orderingKey: keyed.ordering_key ?? null,
      coalesceKey: keyed.coalesce_key ?? null,
      expect:
        expect_subscriptions === undefined && expect_endpoints === undefined
          ? null
          : { subscriptions: expect_subscriptions, endpoints: expect_endpoints },
      eventType: event_type,
      eventId: event_id ?? null,
    }),
  );
