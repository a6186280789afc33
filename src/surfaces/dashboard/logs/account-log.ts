import type { Request } from 'express';
import type { Container } from '#src/container.ts';
import { MAX_APPS, searchAccount, searchedApps } from '#src/domain/attempts/search-account.ts';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';
import type { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { APP_CHOICES, appHead } from '#src/surfaces/dashboard/apps.ts';
import { attemptRows } from '#src/surfaces/dashboard/attempt-presenter.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { barOfAccount } from './bar.ts';
import { accountFields } from './fields.ts';
import { PAGE_SIZE } from './log-page.ts';
import { queryOf, readQuery } from './read-query.ts';
import { toAttemptFilters } from './to-filters.ts';

/** A page reads of many apps, so few are made at a time in a process; accounts take turns. */
const semaphore = createSemaphore(2);

type Parts = Pick<Container, 'apps' | 'attempts' | 'clock' | 'models' | 'pool'>;

/** The attempts of all apps, with the filters that name no part of one. An app that is chosen has its own log. */
export function accountLog(pages: PageRoutes, container: Parts): void {
  const { apps, attempts, clock, pool } = container;

  pages.get('see', '/logs', async (req, res) => {
    const { accountId } = currentVisit(req);
    const chosen = req.query['app'];
    if (typeof chosen === 'string' && chosen !== '') {
      const app = await apps.get(accountId, chosen);
      res.redirect(302, `/apps/${app.id}/webhook_attempts${queryOf({ ...given(req), app: undefined })}`);
      return;
    }
    const { shown, unheard } = readQuery(accountFields, req.query);
    const filters = toAttemptFilters(shown, clock.now());
    const own = await apps.list(accountId, { limit: APP_CHOICES, offset: 0 });
    const searched = await searchedApps(pool, accountId);
    const page = await semaphore(
      () => readPage(req, PAGE_SIZE, (paging) => searchAccount(attempts, searched, { filters, paging })),
      accountId,
    );
    const names = new Map(own.map(({ id, name }) => [id, name]));
    const rows = await attemptRows(container, page.rows);
    const model = {
      bar: barOfAccount(req, { apps: own.map(appHead), shown }),
      unheard,
      isFiltered: queryOf(shown) !== '',
      hasApps: own.length > 0,
      mostApps: searched.isCut ? MAX_APPS : null,
      page: {
        ...page,
        rows: rows.map((row, index) => ({ ...row, app: names.get(page.rows[index]?.appId ?? '') ?? null })),
      },
    };
    await renderPage(res, { view: 'attempts/latest', title: 'Logs', model });
  });
}

/** Parameters that have a value. */
const given = (req: Request) =>
  Object.fromEntries(
    Object.entries(req.query).filter(([, value]) => typeof value === 'string' && value !== ''),
  );
