import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { type SavedView, SavedViews } from '#src/domain/saved-views/saved-views.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { appHead } from '#src/surfaces/dashboard/apps.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { type Form, line, submit } from '#src/surfaces/html/form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { LOG_FIELDS } from './fields.ts';
import { queryOf, readQuery } from './read-query.ts';

const MAX_QUERY = 4000;

const viewForm = z.strictObject({
  list: z.enum(Object.keys(LOG_FIELDS) as (keyof typeof LOG_FIELDS)[]),
  name: line('Give the view a name.', 60),
  query: z.string().max(MAX_QUERY),
});

const filtersOfForm = z.object({ list: viewForm.shape.list, query: viewForm.shape.query });

/** Saves the filters of a log under a name, and deletes them. */
export function savedViewPages(container: Pick<Container, 'apps' | 'clock' | 'pool'>): Router {
  const pages = new PageRoutes();
  const { apps } = container;
  const savedViews = new SavedViews(container);

  pages.post({ right: 'edit', form: viewForm }, '/apps/:app/saved_views', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(viewForm, req.body, async (input) => {
      const query = known(input);
      await savedViews.save(app, { ...input, query });
      return `/apps/${app.id}/${input.list}${query}`;
    });
    if ('form' in result) {
      await renderAgain(res, app, result.form, result.status === 409 ? 409 : 400);
      return;
    }
    redirectWith(res, result.saved, 'view_saved');
  });

  pages.post(
    { right: 'edit', form: noFields },
    '/apps/:app/saved_views/:view/delete',
    async (req: Request<{ app: string; view: string }>, res) => {
      const app = await apps.get(currentVisit(req).accountId, req.params.app);
      const { list, query } = await savedViews.delete(app, req.params.view);
      redirectWith(res, `/apps/${app.id}/${list}${query}`, 'view_deleted');
    },
  );

  return pages.router;
}

/** The form with what was typed. Throws BadRequest when it is of no log, or of no filters, because no page has such. */
async function renderAgain(res: Response, app: App, form: Form, status: 400 | 409): Promise<void> {
  const filters = filtersOfForm.safeParse(form.values).data;
  if (filters === undefined) throw new BadRequest('Save a view from the page of a log.');
  const { list } = filters;
  const query = known(filters);
  const model = { app: appHead(app), form, list, query, back: `/apps/${app.id}/${list}${query}` };
  await renderPage(res, { view: 'attempts/save-view', title: 'Save this view', model, status });
}

/** The filters of a query. Throws BadRequest when it has none, or others, because a view is what it was saved as. */
function known({ list, query }: Pick<SavedView, 'list' | 'query'>): string {
  const asked = Object.fromEntries(new URLSearchParams(query));
  const { shown, unheard } = readQuery(LOG_FIELDS[list], asked);
  const filters = queryOf(shown);
  if (unheard !== undefined || filters === '') throw new BadRequest('Filter the log, then save the view.');
  return filters;
}

/** The views of a list as its page shows them. */
export const viewLinks = (views: SavedView[], query: string) =>
  views.map(({ id, appId, list, name, query: own }) => ({
    name,
    href: `/apps/${appId}/${list}${own}`,
    isCurrent: own === query,
    deleteHref: `/apps/${appId}/saved_views/${id}/delete`,
  }));
