import type { Router } from 'express';
import { type EndpointHealth, healthOfEndpoints } from '#src/domain/app-lists/endpoint-health.ts';
import {
  countEndpoints,
  ENDPOINT_SHOWS,
  ENDPOINT_SORTS,
  type ListedEndpoint,
  listEndpoints,
} from '#src/domain/app-lists/list-endpoints.ts';
import { successRateOf } from '#src/domain/attempts/delivery-counts.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { endpointBadge, resultOf } from '#src/surfaces/html/badges.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import { readListQuery, SORTED, totalInWords } from './list-query.ts';

const PAGE_SIZE = 25;

/** The worst comes first unless the reader sorts. */
const ASKED = { sorts: ENDPOINT_SORTS, shows: ENDPOINT_SHOWS };

type Parts = Pick<Container, 'apps' | 'deliveryCounts' | 'pool'>;

/** The endpoints of an app: found, sorted, filtered by how they are. */
export function endpointListPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, pool } = container;

  pages.get('see', '/apps/:app/endpoints', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const list = readListQuery(req, ASKED);
    const [page, total] = await Promise.all([
      readPage(req, PAGE_SIZE, (paging) => listEndpoints(pool, app, { ...list, paging }), SORTED),
      countEndpoints(pool, app, list),
    ]);
    const { isFiltered } = list;
    const model = {
      app: appHead(app),
      notice: noticeOf(req),
      list,
      page: { ...page, rows: await endpointRows(container, app, page.rows) },
      total: totalInWords(total, { shown: page.rows.length, isFiltered, noun: ['endpoint', 'endpoints'] }),
    };
    await renderPage(res, { view: 'endpoints/index', title: `Endpoints of ${app.name}`, model });
  });

  return pages.router;
}

/** Endpoints as rows of the table of `partials/endpoint-selection`. */
export async function endpointRows(
  container: Pick<Container, 'deliveryCounts' | 'pool'>,
  { accountId }: Pick<App, 'accountId'>,
  endpoints: ListedEndpoint[],
) {
  const ids = endpoints.map(({ id }) => id);
  const health = await healthOfEndpoints(container, accountId, ids);
  return endpoints.map((endpoint) => endpointRow(endpoint, health(endpoint.id)));
}

function endpointRow(endpoint: ListedEndpoint, health: EndpointHealth) {
  const { id, appId, url, description, version, subscriptionId, subscriber, status, failingSince } = endpoint;
  const appHref = `/apps/${appId}`;
  return {
    ...{ id, url, description, version, subscriber },
    href: `${appHref}/endpoints/${id}`,
    subscriberHref: `${appHref}/subscriptions/${subscriptionId}`,
    badge: endpointBadge(endpoint),
    since: status === 'active' ? failingSince : endpoint.inactiveSince,
    attempts: health.succeeded + health.failed,
    successRate: successRateOf(health),
    missed: health.missed.failed + health.missed.held,
    isMissedCut: health.isMissedCut,
    latest:
      health.latest === null
        ? null
        : {
            href: `${appHref}/webhook_attempts/${health.latest.id}`,
            result: resultOf(health.latest),
            at: health.latest.attemptedAt,
          },
  };
}
