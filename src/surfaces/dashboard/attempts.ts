import { type Request, type Router } from 'express';
import { z } from 'zod';
import type { AttemptFilters } from '#src/domain/attempts/attempts.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { appHead } from './apps.ts';
import { attemptModel } from './attempt-page.ts';
import { attemptRows } from './attempt-presenter.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { readSearch } from '#src/surfaces/dashboard/frame/search-field.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { unheardFilters } from '#src/surfaces/dashboard/frame/unheard-filters.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const PAGE_SIZE = 25;
const LATEST_ATTEMPTS = 50;
const ENDPOINT_CHOICES = 100;

/** An invalid filter is not applied, and the page says so: for a hand-written address that is better than an error. */
const filterSchema = z.object({
  status: z.enum(['success', 'failed']).optional().catch(undefined),
  event_type: z
    .string()
    .regex(/^[^\p{Cc}]+$/u)
    .optional()
    .catch(undefined),
  endpoint_id: z.string().refine(isUuid).optional().catch(undefined),
  message_id: z.string().refine(isUuid).optional().catch(undefined),
});

const NO_FILTERS = Object.fromEntries(Object.keys(filterSchema.shape).map((name) => [name, undefined]));

type Parts = Pick<
  Container,
  | 'apps'
  | 'attempts'
  | 'config'
  | 'endpoints'
  | 'executions'
  | 'messages'
  | 'models'
  | 'pool'
  | 'webhookEvents'
>;

export function attemptPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, attempts, endpoints, webhookEvents } = container;

  pages.get('see', '/logs', async (req, res) => {
    const { accountId } = currentVisit(req);
    const [latest, own] = await Promise.all([
      attempts.latest(accountId, LATEST_ATTEMPTS),
      apps.list(accountId, { limit: ENDPOINT_CHOICES, offset: 0 }),
    ]);
    const model = {
      attempts: await attemptRows(container, latest),
      apps: own.map(appHead),
      unheard: unheardFilters(req.query, {}),
      asked: queryOfLog(req.query),
    };
    await renderPage(res, { view: 'attempts/latest', title: 'Logs', model });
  });

  pages.get('see', '/apps/:app/webhook_attempts', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const filters = filterSchema.parse(req.query);
    const search = readSearch(req.query['q']);
    const [page, events, choices] = await Promise.all([
      readPage(req, PAGE_SIZE, (paging) =>
        attempts.search(app, { ...asFilters(filters), text: search.text }, paging),
      ),
      webhookEvents.all(app),
      endpoints.listOfApp(app, { limit: ENDPOINT_CHOICES, offset: 0 }),
    ]);
    const model = {
      app: appHead(app),
      filters,
      q: search.q,
      unheard: unheardFilters(req.query, { ...NO_FILTERS, ...filters }, ['q']),
      isFiltered: [...Object.values(filters), search.text].some((value) => value !== undefined),
      page: { ...page, rows: await attemptRows(container, page.rows) },
      eventTypes: events.map(({ eventType }) => eventType),
      endpoints: choices.map(({ id, url }) => ({ id, url })),
    };
    await renderPage(res, { view: 'attempts/index', title: `Log of ${app.name}`, model });
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

/** What of a query the log of an app can be asked for, as the query of its page; empty when nothing. */
function queryOfLog(query: Request['query']): string {
  const asked = ['q', ...Object.keys(filterSchema.shape)].flatMap((name) => {
    const value = query[name];
    return typeof value === 'string' && value !== ''
      ? [[name, value.toWellFormed()] as [string, string]]
      : [];
  });
  return asked.length === 0 ? '' : `?${new URLSearchParams(asked).toString()}`;
}

function asFilters(filters: z.infer<typeof filterSchema>): AttemptFilters {
  return {
    status: filters.status,
    eventType: filters.event_type,
    endpointId: filters.endpoint_id,
    messageId: filters.message_id,
  };
}
