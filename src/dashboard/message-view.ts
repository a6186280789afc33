import type { Delivery, DeliveryState } from '../messages/messages.ts';
import { dataTextOf, type Message, messageCreatedAt } from '../messages/message.ts';
import type { Badge } from './attempt-view.ts';

const EXCERPT_LENGTH = 120;

export function messageRow(message: Message) {
  return {
    id: message.id,
    href: `/apps/${message.appId}/messages/${message.id}`,
    eventType: message.eventType,
    eventId: message.eventId,
    excerpt: dataTextOf(message).slice(0, EXCERPT_LENGTH),
    endpoints: message.endpointIds.length,
    createdAt: messageCreatedAt(message),
  };
}

export function deliveryBadge({ state }: Pick<Delivery, 'state'>): Badge {
  return DELIVERY_BADGES[state];
}

const DELIVERY_BADGES: Record<DeliveryState, Badge> = {
  pending: { tone: 'info', label: 'Pending' },
  delivered: { tone: 'success', label: 'Delivered' },
  scheduled: { tone: 'warning', label: 'Retrying' },
  failed: { tone: 'danger', label: 'Failed' },
  held: { tone: 'neutral', label: 'Kept' },
  discarded: { tone: 'neutral', label: 'Not sent' },
};
