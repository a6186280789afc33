import type { Container } from '#src/container.ts';
import { type CountedState, countStates, summaryOf } from '#src/domain/deliveries/message-outcome.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';
import { type ListedMessage, messageCreatedAt } from '#src/domain/messages/message.ts';

const EXCERPT_LENGTH = 120;

export function messageRow(message: ListedMessage) {
  return {
    id: message.id,
    href: `/apps/${message.appId}/messages/${message.id}`,
    eventType: message.eventType,
    eventId: message.eventId,
    excerpt: excerptOf(message),
    createdAt: messageCreatedAt(message),
  };
}

/** Rows of an app's messages that tell how each fared, at how many endpoints: as many as its page has deliveries. */
export async function messageRows(
  container: Pick<Container, 'pool' | 'queue'>,
  app: { accountId: string; id: string },
  messages: ListedMessage[],
) {
  const ids = messages.map(({ id }) => id);
  const outcomes = await countStates(container, app, ids);
  return messages.map((message) => {
    const counts = outcomes.get(message.id) ?? [];
    return { ...messageRow(message), endpoints: summaryOf(counts).total, outcome: outcomeOf(counts) };
  });
}

/** The worst state of its deliveries, and how many are in each: "11 held, 1 scheduled, 28 delivered". */
export function outcomeOf(counts: CountedState[]): { badge: Badge; note: string } {
  const { states, total } = summaryOf(counts);
  const [worst, ...others] = states;
  if (worst === undefined) return { badge: { tone: 'neutral', label: 'No endpoint' }, note: '' };
  const { tone, label } = worst;
  const { number } = viewHelpers;
  const all = states.map((one) => `${number(one.count)} ${one.label.toLowerCase()}`).join(', ');
  const note = total === 1 ? '' : others.length === 0 ? `all ${number(total)}` : all;
  return { badge: { tone, label }, note };
}

function excerptOf(message: ListedMessage): string {
  const { data } = message;
  return typeof data === 'string'
    ? data.slice(0, EXCERPT_LENGTH)
    : `${viewHelpers.bytes(data.length)} of ${message.contentType ?? ''}`;
}
