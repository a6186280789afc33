import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { DIAGNOSTICS_KEPT_DAYS } from '#src/domain/plans/kept-days.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { readRequestFilters, REQUEST_CHOICES } from './request-filters.ts';
import { requestModel, requestRow } from './request-presenter.ts';

const PAGE_SIZE = 25;

/** The calls of the API: what was refused and why, and a sample of the rest. */
export function requestPages({
  apiRequests,
  clock,
  config,
}: Pick<Container, 'apiRequests' | 'clock' | 'config'>): Router {
  const pages = new PageRoutes();

  pages.get('see', '/requests', async (req, res) => {
    const { accountId, account } = currentVisit(req);
    const { filters, ...asked } = readRequestFilters(req.query, clock.now());
    const [page, latest] = await Promise.all([
      readPage(req, PAGE_SIZE, (paging) => apiRequests.list(accountId, filters, paging)),
      apiRequests.latest(accountId),
    ]);
    const model = {
      ...asked,
      ...REQUEST_CHOICES,
      page: { ...page, rows: page.rows.map(requestRow) },
      latest: latest === null ? null : requestRow(latest),
      keptDays: Math.min(
        DIAGNOSTICS_KEPT_DAYS,
        findPlan(account.plan)?.retentionDays ?? DIAGNOSTICS_KEPT_DAYS,
      ),
    };
    await renderPage(res, { view: 'requests/index', title: 'API requests', model });
  });

  pages.get('see', '/requests/:request', async (req, res) => {
    const request = await apiRequests.get(currentVisit(req).accountId, req.params.request);
    const model = { request: requestModel(request, config.http.baseUrl) };
    const title = `${String(request.status)} ${request.method} ${request.requestId}`;
    await renderPage(res, { view: 'requests/show', title, model });
  });

  return pages.router;
}
