import type { Router } from 'express';
import {
  countSubscribers,
  type ListedSubscriber,
  listSubscribers,
  SUBSCRIBER_SHOWS,
  SUBSCRIBER_SORTS,
} from '#src/domain/app-lists/list-subscribers.ts';
import { healthOfSubscribers, type SubscriberHealth } from '#src/domain/app-lists/subscriber-health.ts';
import { successRateOf } from '#src/domain/attempts/delivery-counts.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import { readListQuery, SORTED, totalInWords } from './list-query.ts';

const PAGE_SIZE = 25;

const ASKED = { sorts: SUBSCRIBER_SORTS, shows: SUBSCRIBER_SHOWS };

type Parts = Pick<Container, 'apps' | 'deliveryCounts' | 'pool'>;

/** The subscribers of an app: found, sorted, with how each fares. */
export function subscriptionListPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, pool } = container;

  pages.get('see', '/apps/:app/subscriptions', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const list = readListQuery(req, ASKED);
    const [page, total] = await Promise.all([
      readPage(req, PAGE_SIZE, (paging) => listSubscribers(pool, app, { ...list, paging }), SORTED),
      countSubscribers(pool, app, list),
    ]);
    const { isFiltered } = list;
    const ids = page.rows.map(({ id }) => id);
    const health = await healthOfSubscribers(container, app.accountId, ids);
    const model = {
      app: appHead(app),
      notice: noticeOf(req),
      list,
      page: { ...page, rows: page.rows.map((row) => subscriberRow(app, row, health(row.id))) },
      total: totalInWords(total, { shown: ids.length, isFiltered, noun: ['subscriber', 'subscribers'] }),
    };
    await renderPage(res, { view: 'subscriptions/index', title: `Subscribers of ${app.name}`, model });
  });

  return pages.router;
}

function subscriberRow(
  app: App,
  { id, name, uid, email, createdAt }: ListedSubscriber,
  health: SubscriberHealth,
) {
  const { endpoints, missed, isMissedCut, isCut, latest } = health;
  return {
    ...{ name, uid, email, createdAt, endpoints },
    href: `/apps/${app.id}/subscriptions/${id}`,
    attempts: health.succeeded + health.failed,
    successRate: successRateOf(health),
    missed: missed.failed + missed.held,
    isAtLeast: isMissedCut || isCut,
    latestAt: latest === null ? null : latest.attemptedAt,
  };
}
