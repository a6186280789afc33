import type { Router } from 'express';
import type { App } from '#src/domain/apps/app.ts';
import { countDeliveries } from '#src/domain/deliveries/log/count-deliveries.ts';
import { isReplayableState } from '#src/domain/deliveries/delivery.ts';
import type { ListedDelivery } from '#src/domain/deliveries/log/listed-delivery.ts';
import type { Container } from '#src/container.ts';
import { deliveryBadge, resultOf } from '#src/surfaces/html/badges.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { deliveryAction, whyInState } from './delivery-action.ts';
import { storyHref } from './delivery-page.ts';
import { endpointNames } from './endpoint-names.ts';
import { logPage, PAGE_SIZE } from './logs/log-page.ts';
import { queryOf } from './logs/read-query.ts';
import { toDeliveryFilters, toReplayFilter } from './logs/to-filters.ts';
import { totalText } from './logs/total-text.ts';

type Parts = Pick<
  Container,
  'apps' | 'clock' | 'deliveryLog' | 'endpoints' | 'models' | 'pool' | 'subscriptions' | 'webhookEvents'
>;

/** The log of an app's deliveries. */
export function deliveryPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { clock, deliveryLog, pool } = container;

  logPage(pages, container, {
    list: 'deliveries',
    view: 'deliveries/index',
    title: (app) => `Deliveries of ${app.name}`,
    read: async ({ app, req, shown }) => {
      const filters = toDeliveryFilters(shown, clock.now());
      const [page, total] = await Promise.all([
        readPage(req, PAGE_SIZE, (paging) => deliveryLog.search(app, filters, paging), { isByPlace: true }),
        countDeliveries(pool, app, filters),
      ]);
      const canReplay = toReplayFilter(shown, clock.now()) !== undefined;
      return {
        replayHref: canReplay ? `/apps/${app.id}/replays/new${queryOf(shown)}` : null,
        page: { ...page, rows: await deliveryRows(container, app, page.rows) },
        total: totalText(page, total, ['delivery', 'deliveries']),
      };
    },
  });

  return pages.router;
}

async function deliveryRows(
  container: Pick<Container, 'models'>,
  { id: appId }: App,
  listed: ListedDelivery[],
) {
  const names = await endpointNames(container, listed);
  return listed.map((delivery) => {
    const { messageId, endpointId, eventType, createdAt, lastAttempt } = delivery;
    return {
      // What a replay of one delivery takes.
      place: isReplayableState(delivery.state) ? delivery.place : null,
      href: `/apps/${appId}/messages/${messageId}`,
      storyHref: storyHref({ appId, messageId, endpointId }),
      eventType,
      at: createdAt,
      endpoint: names(endpointId),
      badge: deliveryBadge(delivery),
      why: whyInState(delivery, names(endpointId).endpoint),
      nextAttemptAt: delivery.nextAttemptAt,
      attemptsMade: delivery.attemptsMade,
      latest:
        lastAttempt === null
          ? null
          : {
              href: `/apps/${appId}/webhook_attempts/${lastAttempt.id}`,
              result: resultOf(lastAttempt),
            },
      action: deliveryAction(delivery, names(endpointId).endpoint),
    };
  });
}
