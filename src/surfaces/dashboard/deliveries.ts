import type { Router } from 'express';
import type { App } from '#src/domain/apps/app.ts';
import type { ListedDelivery } from '#src/domain/deliveries/log/listed-delivery.ts';
import { REASON_SENTENCES } from '#src/domain/deliveries/state-labels.ts';
import type { Container } from '#src/container.ts';
import { deliveryBadge } from '#src/surfaces/html/badges.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import {
  DELIVERY_CHOICES,
  queryOf,
  readDeliveryFilters,
  toLogFilters,
  toReplayFilter,
} from './delivery-filters.ts';
import { replayChoice } from './delivery-replay.ts';
import { endpointNames } from './endpoint-names.ts';

const PAGE_SIZE = 25;
const CHOICES = 100;

type Parts = Pick<
  Container,
  'apps' | 'deliveryLog' | 'endpoints' | 'models' | 'subscriptions' | 'webhookEvents'
>;

/** The log of an app's deliveries. */
export function deliveryPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, deliveryLog, endpoints, subscriptions, webhookEvents } = container;

  pages.get('see', '/apps/:app/deliveries', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const { shown, unheard } = readDeliveryFilters(req.query);
    const filters = toLogFilters(shown);
    const [page, events, ofApp, subscribers] = await Promise.all([
      readPage(req, PAGE_SIZE, (paging) => deliveryLog.search(app, filters, paging), { isByPlace: true }),
      webhookEvents.all(app),
      endpoints.listOfApp(app, firstPage(CHOICES)),
      subscriptions.list(app, firstPage(CHOICES)),
    ]);
    const query = queryOf(shown);
    const model = {
      app: appHead(app),
      filters: shown,
      unheard,
      isFiltered: query !== '',
      replayHref: toReplayFilter(shown) === undefined ? null : `/apps/${app.id}/replays/new${query}`,
      page: { ...page, rows: await deliveryRows(container, app, page.rows) },
      ...DELIVERY_CHOICES,
      eventTypes: events.map(({ eventType }) => eventType),
      endpoints: ofApp.map(({ id, url }) => ({ id, name: url })),
      subscribers: subscribers.map(({ id, name }) => ({ id, name })),
    };
    await renderPage(res, { view: 'deliveries/index', title: `Deliveries of ${app.name}`, model });
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
    const { messageId, endpointId, eventType, createdAt, lastAttempt, reason } = delivery;
    return {
      href: `/apps/${appId}/messages/${messageId}`,
      eventType,
      at: createdAt,
      endpoint: names(endpointId),
      badge: deliveryBadge(delivery),
      why: reason === null ? null : REASON_SENTENCES[reason],
      nextAttemptAt: delivery.nextAttemptAt,
      attemptsMade: delivery.attemptsMade,
      latest:
        lastAttempt === null
          ? null
          : {
              href: `/apps/${appId}/webhook_attempts/${lastAttempt.id}`,
              result: String(lastAttempt.statusCode ?? 'No answer'),
            },
      replay: replayChoice(delivery, names(endpointId).endpoint),
    };
  });
}
