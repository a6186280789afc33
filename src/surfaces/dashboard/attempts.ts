import { type Request, type Router } from 'express';
import { countAttempts } from '#src/domain/attempts/count-attempts.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { appHead } from './apps.ts';
import { attemptModel } from './attempt-page.ts';
import { attemptRows } from './attempt-presenter.ts';
import { accountLog } from './logs/account-log.ts';
import { logPage, PAGE_SIZE } from './logs/log-page.ts';
import { toAttemptFilters } from './logs/to-filters.ts';
import { logTail, tailHref } from './logs/tail.ts';
import { totalText } from './logs/total-text.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

type Parts = Pick<
  Container,
  | 'apps'
  | 'attempts'
  | 'clock'
  | 'config'
  | 'endpoints'
  | 'executions'
  | 'hookHelpers'
  | 'logger'
  | 'messages'
  | 'models'
  | 'pool'
  | 'subscriptions'
  | 'webhookEvents'
>;

export function attemptPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, attempts, clock, pool } = container;

  accountLog(pages, container);
  logTail(pages, container);

  logPage(pages, container, {
    list: 'webhook_attempts',
    view: 'attempts/index',
    title: (app) => `Log of ${app.name}`,
    read: async ({ app, req, shown }) => {
      const filters = toAttemptFilters(shown, clock.now());
      const [page, total] = await Promise.all([
        readPage(req, PAGE_SIZE, (paging) => attempts.search(app, filters, paging)),
        countAttempts(pool, app, filters),
      ]);
      return {
        page: { ...page, rows: await attemptRows(container, page.rows) },
        tailHref: tailHref(req, app.id, shown),
        total: totalText(page, total, ['attempt', 'attempts']),
      };
    },
  });

  pages.get(
    'see',
    '/apps/:app/webhook_attempts/:attempt',
    async (req: Request<{ app: string; attempt: string }>, res) => {
      const app = await apps.get(currentVisit(req).accountId, req.params.app);
      const attempt = await attempts.get(app, req.params.attempt);
      const model = { app: appHead(app), ...(await attemptModel(container, app, attempt)) };
      await renderPage(res, { view: 'attempts/show', title: `Attempt ${attempt.eventType}`, model });
    },
  );

  return pages.router;
}
