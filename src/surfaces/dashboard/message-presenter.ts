import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';
import { type Message, messageCreatedAt } from '#src/domain/messages/message.ts';

const EXCERPT_LENGTH = 120;

export function messageRow(message: Message) {
  return {
    id: message.id,
    href: `/apps/${message.appId}/messages/${message.id}`,
    eventType: message.eventType,
    eventId: message.eventId,
    excerpt: excerptOf(message),
    endpoints: message.deliveriesCount,
    createdAt: messageCreatedAt(message),
  };
}

function excerptOf(message: Message): string {
  const { data } = message;
  return typeof data === 'string'
    ? data.slice(0, EXCERPT_LENGTH)
    : `${viewHelpers.bytes(data.length)} of ${message.contentType ?? ''}`;
}
