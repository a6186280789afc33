import type { Request } from 'express';
import type { Container } from '#src/container.ts';
import { latestOfDeliveries } from '#src/domain/attempts/latest-of-deliveries.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import { countedOf, summaryOf, WORST_FIRST } from '#src/domain/deliveries/message-outcome.ts';
import { type ShownState, shownStateOf, STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { deliveryBadge, resultOf } from '#src/surfaces/html/badges.ts';
import { deliveryAction, whyInState } from './delivery-action.ts';
import { storyHref } from './delivery-page.ts';
import { endpointNames } from './endpoint-names.ts';

const PAGE_SIZE = 25;

/**
 * The deliveries of a message as its page shows them: how many there are in each state, and one page of rows, those in
 * trouble first. The query of the page chooses a state (`state`) and the page (`page`).
 */
export async function readDeliveries(
  container: Pick<Container, 'models' | 'pool'>,
  { message, deliveries, query }: { message: Message; deliveries: Delivery[]; query: Request['query'] },
) {
  const byState = Map.groupBy(deliveries, shownStateOf);
  const summary = summaryOf(countedOf(deliveries));
  const chosen = isState(query['state']) ? query['state'] : undefined;
  const listed =
    chosen === undefined ? WORST_FIRST.flatMap((state) => byState.get(state) ?? []) : byState.get(chosen);
  const total = listed?.length ?? 0;
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const page = Math.min(pages, pageNumber(query['page']));
  const shown = (listed ?? []).slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
  const href = `/apps/${message.appId}/messages/${message.id}`;
  const linkTo = (number: number) =>
    `${href}?${String(new URLSearchParams({ ...(chosen && { state: chosen }), page: String(number) }))}`;
  return {
    counts: summary.states.map(({ state, label, count }) => ({
      ...{ label, count },
      href: `${href}?state=${state}`,
      isChosen: state === chosen,
    })),
    all: { label: 'All', count: deliveries.length, href, isChosen: chosen === undefined },
    from: total === 0 ? 0 : (page - 1) * PAGE_SIZE + 1,
    to: Math.min(total, page * PAGE_SIZE),
    total,
    pager: {
      newer: page > 1 ? linkTo(page - 1) : undefined,
      older: page < pages ? linkTo(page + 1) : undefined,
    },
    rows: await readRows(container, message, shown),
  };
}

async function readRows(container: Pick<Container, 'models' | 'pool'>, message: Message, shown: Delivery[]) {
  const endpointIds = shown.map(({ endpointId }) => endpointId);
  const [names, attempts] = await Promise.all([
    endpointNames(
      container,
      endpointIds.map((endpointId) => ({ ...message, endpointId })),
    ),
    latestOfDeliveries(container.pool, message, endpointIds),
  ]);
  return shown.map((delivery) => {
    const attempt = attempts.get(delivery.endpointId);
    return {
      endpoint: names(delivery.endpointId),
      storyHref: storyHref({ ...message, messageId: message.id, endpointId: delivery.endpointId }),
      badge: deliveryBadge(delivery),
      why: whyInState(delivery, names(delivery.endpointId).endpoint),
      action: deliveryAction(delivery, names(delivery.endpointId).endpoint),
      attemptsMade: delivery.attemptsMade,
      nextAttemptAt: delivery.nextAttemptAt,
      latest:
        attempt === undefined
          ? null
          : {
              href: `/apps/${message.appId}/webhook_attempts/${attempt.id}`,
              result: resultOf(attempt),
              at: attempt.attemptedAt,
            },
    };
  });
}

const isState = (value: unknown): value is ShownState =>
  typeof value === 'string' && Object.hasOwn(STATE_LABELS, value);

function pageNumber(value: unknown): number {
  return typeof value === 'string' && /^[1-9]\d{0,4}$/.test(value) ? Number(value) : 1;
}
