import type { Request } from 'express';
import type { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { SavedViews } from '#src/domain/saved-views/saved-views.ts';
import type { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { appHead } from '#src/surfaces/dashboard/apps.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import type { PageOf } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { barOf } from './bar.ts';
import { LOG_FIELDS, type LogName, type LogQuery } from './fields.ts';
import { queryOf, readQuery } from './read-query.ts';
import { viewLinks } from './saved-views.ts';
import { settleAddress } from './settle-address.ts';

export const PAGE_SIZE = 25;

/** What the page of a list shows besides its filters. */
export interface ListModel extends Record<string, unknown> {
  page: PageOf<unknown>;
  /** How many there are, in words. */
  total: string;
}

interface LogPage<L extends LogName> {
  list: L;
  view: string;
  title: (app: App) => string;
  read: (asked: { app: App; req: Request; shown: z.infer<(typeof LOG_FIELDS)[L]> }) => Promise<ListModel>;
}

const NOTHING: ListModel = {
  page: { rows: [], newer: undefined, older: undefined, isCutShort: false },
  total: '',
};

/** A first page is looked at again and again, unless that costs a search or shows a time that is over. */
const isFollowed = (req: Request, { q, until }: LogQuery) =>
  [req.query['before'], req.query['after'], q, until].every((given) => given === undefined);

type Parts = Pick<Container, 'apps' | 'clock' | 'endpoints' | 'pool' | 'subscriptions' | 'webhookEvents'>;

/** The page of a list of an app: its filters out of the address, and the rows that they let through. */
export function logPage<L extends LogName>(
  pages: PageRoutes,
  container: Parts,
  { list, view, title, read }: LogPage<L>,
): void {
  const savedViews = new SavedViews(container);

  pages.get('see', `/apps/:app/${list}`, async (req: Request<{ app: string }>, res) => {
    const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
    const { href, choice } = await settleAddress(container, req, app);
    if (href !== undefined) {
      res.redirect(302, href);
      return;
    }
    const { shown, unheard } = readQuery(LOG_FIELDS[list], req.query);
    const [bar, found, saved] = await Promise.all([
      barOf(container, req, { app, list, shown }),
      // Nothing is shown beside a choice, because the whole list would look as if it were of whom was typed.
      choice === undefined ? read({ app, req, shown: shown as never }) : NOTHING,
      savedViews.list(app, list),
    ]);
    const exportHref = (format: string) =>
      `/apps/${app.id}/log_exports/${list}${queryOf({ ...shown, format })}`;
    const model = {
      app: appHead(app),
      notice: noticeOf(req),
      list,
      bar,
      unheard,
      choice,
      canFollow: isFollowed(req, shown),
      isFiltered: bar.query !== '',
      exports: [
        ['CSV', exportHref('csv')],
        ['JSON lines', exportHref('ndjson')],
      ],
      views: viewLinks(saved, bar.query),
      ...found,
    };
    await renderPage(res, { view, title: title(app), model });
  });
}
