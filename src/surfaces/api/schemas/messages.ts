import { z } from 'zod';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { channelLabel, channels } from '#src/domain/outbound-rules/channels.ts';
import { messageHeaders } from '#src/domain/messages/message-headers.ts';
import { expectation } from './expectation.ts';
import { eventType, idOrUid, moment, text, version } from './fields.ts';
import { COALESCED, coalesceKey, ORDERED, orderingKey } from './message-keys.ts';
import { STATES, states } from './states.ts';
import { textQuery } from './text-query.ts';

const EXPECT =
  'To how many it is meant to go. A message that would go to others is refused (422, `audience`), and `audience` in the answer says to whom.';
const CHANNELS = 'It goes only to endpoints that have one of these channels, or none at all.';
const MAX_AHEAD_MS = FIXED_LIMITS.scheduledDays.max * 24 * 3_600_000;

export const postedMessage = z
  .strictObject({
    event_type: eventType.meta({
      description: 'One of the event types of the app.',
      examples: ['user.created'],
    }),
    version: version.describe('Endpoints that take this version receive it.'),
    data: z.unknown().meta({
      description: 'Any JSON; it is passed on exactly as you wrote it.',
      examples: [{ id: 42, email: 'ada@example.com' }],
    }),
    event_id: text(255)
      .min(1)
      .nullish()
      .describe(
        'Your own id of the event: the same message with it again is not taken, the first is answered; another message with it is refused.',
      ),
    override_payload: z
      .boolean()
      .nullish()
      .describe('Send `data` alone, without `type`, `version` and `created` around it.'),
    headers: messageHeaders.nullish().describe('Extra headers of the webhook, at most 20.'),
    channels: channels.nullish().describe(CHANNELS),
    deliver_at: moment
      .refine((value) => value.getTime() <= Date.now() + MAX_AHEAD_MS, 'must be within the next 30 days')
      .nullish()
      .describe('Send it then and not at once; within the next 30 days.'),
    ordering_key: orderingKey.nullish().describe(ORDERED),
    coalesce_key: coalesceKey.nullish().describe(COALESCED),
    expect: expectation.nullish().describe(EXPECT),
  })
  .meta({ id: 'MessageInput' });

/** A message without its `data`, because `data` is cut out of the body's text. */
export const newMessage = postedMessage.transform((input) => ({
  eventType: input.event_type,
  version: input.version,
  eventId: input.event_id ?? null,
  overridePayload: input.override_payload ?? false,
  headers: input.headers ?? null,
  channels: channelsOf(input),
  deliverAt: input.deliver_at ?? null,
  orderingKey: input.ordering_key ?? null,
  coalesceKey: input.coalesce_key ?? null,
  expect: input.expect ?? null,
}));

/** An empty list is as none. */
const channelsOf = (input: { channels?: string[] | null | undefined }) =>
  input.channels?.length === 0 ? null : (input.channels ?? null);

const MAX_MESSAGES = FIXED_LIMITS.batchMessages.max;

/** A posted batch: a list of messages, or an object with the list. */
export const postedBatch = z
  .union([
    z.strictObject({ messages: z.array(postedMessage).min(1).max(MAX_MESSAGES) }),
    z.array(postedMessage).min(1).max(MAX_MESSAGES),
  ])
  .meta({ id: 'BatchInput', description: 'A list of messages, or an object with the list in `messages`.' });

/** A batch before its messages are validated. */
export const batch = z.strictObject({ messages: z.array(z.unknown()).min(1).max(MAX_MESSAGES) });

/** The fields of a message that routing reads: the input of `explain`, whose `data` is cut out of the body's text. */
export const explained = z
  .strictObject({
    event_type: eventType,
    version,
    subscription_id: idOrUid
      .nullish()
      .describe('As if it were posted to this subscription, by its id or your `uid`.'),
    endpoint_id: idOrUid
      .nullish()
      .describe('As if it were posted to this endpoint, by its id or your `uid`.'),
    data: z
      .unknown()
      .optional()
      .describe(
        'Checked as that of a message would be, where the event type enforces its schema, and by filters. Without it what filters ask of it counts as met.',
      ),
    headers: messageHeaders.nullish().describe('As a filter sees them.'),
    channels: channels.nullish().describe(CHANNELS),
    expect: expectation.nullish().describe(EXPECT),
  })
  .meta({ id: 'ExplanationInput' })
  .transform((input) => ({
    eventType: input.event_type,
    version: input.version,
    subscription_id: input.subscription_id ?? null,
    endpoint_id: input.endpoint_id ?? null,
    headers: input.headers ?? null,
    channels: channelsOf(input),
    expect: input.expect ?? null,
  }));

export const messageFilters = z
  .strictObject({
    event_type: text(255).optional().describe('Only messages of this type.'),
    event_id: text(255).optional().describe('Only the message with this `event_id`.'),
    subscription_id: idOrUid
      .optional()
      .describe(
        'Only messages for this subscription: posted to it, or to the app and sent to or held for an endpoint that it has now; ' +
          'deleted endpoints do not count. By its id or your `uid`.',
      ),
    state: states
      .optional()
      .describe(
        `Only messages with a delivery in this state, or in one of several with commas between them: ${STATES.join(', ')}.`,
      ),
    channel: channelLabel.optional().describe('Only messages that were posted to this channel.'),
    q: textQuery('Only messages whose payload, event type or event id holds these words.'),
    since: moment.optional().describe('Only what was created then or later.'),
    until: moment.optional().describe('Only what was created before.'),
  })
  .transform(({ event_type, event_id, subscription_id, state, channel, q, since, until }) => ({
    eventType: event_type,
    eventId: event_id,
    subscriptionId: subscription_id,
    states: state,
    channel,
    text: q,
    since,
    until,
  }));
