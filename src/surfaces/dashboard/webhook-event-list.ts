import type { Router } from 'express';
import { countEvents, EVENT_SORTS, type ListedEvent, listEvents } from '#src/domain/app-lists/list-events.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import { readListQuery, SORTED, totalInWords } from './list-query.ts';

const PAGE_SIZE = 50;

type Parts = Pick<Container, 'apps' | 'pool'>;

/** The webhook events of an app: found and sorted. */
export function webhookEventListPages({ apps, pool }: Parts): Router {
  const pages = new PageRoutes();

  pages.get('see', '/apps/:app/webhook_events', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const list = readListQuery(req, { sorts: EVENT_SORTS });
    const [page, total] = await Promise.all([
      readPage(req, PAGE_SIZE, (paging) => listEvents(pool, app, { ...list, paging }), SORTED),
      countEvents(pool, app, list),
    ]);
    const { isFiltered } = list;
    const noun: [string, string] = ['webhook event', 'webhook events'];
    const model = {
      app: appHead(app),
      notice: noticeOf(req),
      list,
      page: { ...page, rows: page.rows.map((event) => eventRow(app, event)) },
      total: totalInWords(total, { shown: page.rows.length, isFiltered, noun }),
    };
    await renderPage(res, { view: 'webhook-events/index', title: `Webhook events of ${app.name}`, model });
  });

  return pages.router;
}

function eventRow(
  app: App,
  { id, eventType, description, hasSchema, enforce, broadcast, createdAt }: ListedEvent,
) {
  const rules = [
    ...(enforce ? ['held to its schema'] : hasSchema ? ['has a schema'] : []),
    ...(broadcast ? [] : ['to one subscriber at a time']),
  ];
  return {
    ...{ eventType, description, createdAt },
    rules: rules.join(', '),
    editHref: `/apps/${app.id}/webhook_events/${id}/edit`,
    testHref: `/apps/${app.id}?event=${id}#send-test`,
  };
}
