import { dataTextOf, type Message, messageCreatedAt } from '../../messages/message.ts';
import type { Delivery } from '../../messages/messages.ts';
import { withRawMember } from '../answer.ts';

/** JSON text, because `data` stands in it exactly as the provider wrote it. */
export function presentMessage(message: Message): string {
  return withRawMember(
    {
      id: message.id,
      event_type: message.eventType,
      version: message.version,
      event_id: message.eventId,
      override_payload: message.overridePayload,
      headers: message.headers,
      deliver_at: message.deliverAt,
      deliveries_count: message.deliveriesCount,
      created_at: messageCreatedAt(message),
    },
    'data',
    dataTextOf(message),
  );
}

export function presentDelivery(delivery: Delivery) {
  return {
    message_id: delivery.messageId,
    endpoint_id: delivery.endpointId,
    state: delivery.state,
    attempts_made: delivery.attemptsMade,
    next_attempt_at: delivery.nextAttemptAt,
  };
}
