import { z } from 'zod';
import { type Delivery, type DeliveryState, IGNORE_REASONS } from '#src/domain/deliveries/delivery.ts';
import { STATE_MEANINGS } from '#src/domain/deliveries/state-labels.ts';
import { type ListedMessage, messageCreatedAt } from '#src/domain/messages/message.ts';
import { withRawMember } from '#src/surfaces/api/answer.ts';
import { showPayload } from './as-is.ts';
import { anyJson, createdAt, id, named, optionalTime } from './shape.ts';

export const messageShape = named(
  'Message',
  'What you posted: it becomes a webhook to every endpoint that wants it.',
  z.object({
    id: id(),
    data: anyJson('Exactly as you wrote it; null when it is no JSON.'),
    event_type: z.string().meta({ examples: ['user.created'] }),
    version: z.string().meta({ examples: ['1.0'] }),
    event_id: z.string().nullable().describe('Your own id of the event, if you gave one.'),
    override_payload: z.boolean().describe('Whether `data` alone is sent, without the envelope.'),
    headers: z.record(z.string(), z.string()).nullable().describe('Extra headers of the webhook.'),
    channels: z.array(z.string()).nullable().describe('Its channels; null: it goes to those of all.'),
    deliver_at: optionalTime('When it is sent; null: at once.'),
    ordering_key: z.string().nullable().describe('Among which messages it is kept in order.'),
    coalesce_key: z.string().nullable().describe('Which earlier messages it replaces, that still wait.'),
    content_type: z
      .string()
      .nullable()
      .describe('Of what was published as it is; null: a message of JSON data.'),
    data_base64: z.string().nullable().describe('What is no JSON, in place of `data`.'),
    deliveries_count: z.int().meta({
      description:
        'For how many endpoints it was taken: it goes there, or is held for them. What a filter keeps back is not counted; what is ignored later, like a duplicate, is.',
      examples: [1],
    }),
    created_at: createdAt,
  }),
);

export const deliveryShape = named(
  'Delivery',
  'How a message fares at one endpoint.',
  z.object({
    message_id: id('The message.'),
    endpoint_id: id('The endpoint.'),
    state: z
      .enum(Object.keys(STATE_MEANINGS) as DeliveryState[])
      .meta({ description: describeStates(), examples: ['delivered'] }),
    reason: z
      .enum(IGNORE_REASONS)
      .nullable()
      .meta({ description: 'Which rule ignored it; null if none did.', examples: [null] }),
    attempts_made: z.int().meta({ examples: [1] }),
    next_attempt_at: optionalTime('When the next attempt is due.'),
  }),
);

export const cancelledShape = named(
  'CancelledMessage',
  'What was cancelled of a message.',
  z.object({
    message_id: id('The message.'),
    cancelled: z.int().meta({ description: 'The deliveries that will not be sent.', examples: [1] }),
  }),
);

function describeStates(): string {
  return Object.entries(STATE_MEANINGS)
    .flatMap(([state, meaning]) => (meaning === null ? [] : [`\`${state}\`: ${meaning}.`]))
    .join(' ');
}

/** Returns a JSON text, because `data` is shown byte for byte as the provider sent it. */
export function presentMessage(message: ListedMessage): string {
  const { json, base64 } = showPayload(message.data, message.contentType);
  const rest: Omit<z.output<typeof messageShape>, 'data'> = {
    id: message.id,
    event_type: message.eventType,
    version: message.version,
    event_id: message.eventId,
    override_payload: message.overridePayload,
    headers: message.headers,
    channels: message.channels,
    deliver_at: message.deliverAt,
    ordering_key: message.orderingKey ?? null,
    coalesce_key: message.coalesceKey ?? null,
    content_type: message.contentType,
    data_base64: base64,
    deliveries_count: message.deliveriesCount,
    created_at: messageCreatedAt(message),
  };
  return withRawMember(rest, 'data', json);
}

export function presentDelivery(delivery: Delivery): z.output<typeof deliveryShape> {
  return {
    message_id: delivery.messageId,
    endpoint_id: delivery.endpointId,
    state: delivery.state,
    reason: delivery.reason,
    attempts_made: delivery.attemptsMade,
    next_attempt_at: delivery.nextAttemptAt,
  };
}
