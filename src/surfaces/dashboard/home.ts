import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { endpointsTurnedOff } from '#src/domain/endpoints/account-endpoints.ts';
import { endpointBadge } from '#src/surfaces/html/badges.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { attemptRows } from './attempt-presenter.ts';
import { hourChart, sparkline } from './chart.ts';
import { readChecklist } from './checklist.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const LATEST_ATTEMPTS = 10;
const OFF_ENDPOINTS = 10;

/** The dashboard's first page: deliveries by the hour, latest attempts, endpoints that were turned off. */
export function homePages(
  container: Pick<
    Container,
    'apps' | 'attempts' | 'clock' | 'deliveryCounts' | 'models' | 'subscriptions' | 'webhookEvents'
  >,
): Router {
  const pages = new PageRoutes();

  pages.get('see', '/dashboard', async (req, res) => {
    const { accountId } = currentVisit(req);
    const [counts, latest, checklist, offEndpoints] = await Promise.all([
      container.deliveryCounts.byHour({ accountId }),
      container.attempts.latest(accountId, LATEST_ATTEMPTS),
      readChecklist(container, accountId),
      endpointsTurnedOff(container, accountId, OFF_ENDPOINTS),
    ]);
    const chart = hourChart(counts);
    const model = {
      chart,
      successLine: sparkline(counts.map(({ succeeded }) => succeeded)),
      failureLine: sparkline(counts.map(({ failed }) => failed)),
      attempts: await attemptRows(container, latest),
      checklist,
      offEndpoints: offEndpoints.map((endpoint) => ({
        url: endpoint.url,
        href: `/apps/${endpoint.appId}/endpoints/${endpoint.id}`,
        badge: endpointBadge(endpoint),
        reason: endpoint.inactiveReason,
        since: endpoint.inactiveSince,
      })),
    };
    await renderPage(res, { view: 'home/dashboard', title: 'Dashboard', model });
  });

  return pages.router;
}
