import type { Container } from '#src/container.ts';
import { countStates, type StateCounts, worstOf } from '#src/domain/deliveries/message-outcome.ts';
import { STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
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

/** Rows of an app's messages that tell how each fared. */
export async function messageRows(
  { pool }: Pick<Container, 'pool'>,
  app: { accountId: string; id: string },
  messages: Message[],
) {
  const ids = messages.map(({ id }) => id);
  const outcomes = await countStates(pool, app, ids);
  return messages.map((message) => ({
    ...messageRow(message),
    outcome: outcomeOf(outcomes.get(message.id) ?? {}),
  }));
}

/** The worst state of its deliveries, and how many are in it. */
function outcomeOf(counts: StateCounts): { badge: Badge; note: string } {
  const worst = worstOf(counts);
  if (worst === null) return { badge: { tone: 'neutral', label: 'No endpoint' }, note: '' };
  const { tone, label } = STATE_LABELS[worst.state];
  const { number } = viewHelpers;
  const note = worst.total === 1 ? '' : `${number(worst.count)} of ${number(worst.total)}`;
  return { badge: { tone, label }, note };
}

function excerptOf(message: Message): string {
  const { data } = message;
  return typeof data === 'string'
    ? data.slice(0, EXCERPT_LENGTH)
    : `${viewHelpers.bytes(data.length)} of ${message.contentType ?? ''}`;
}
