import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { type Findings, findAnything, MAX_OF_KIND } from '#src/domain/find-anything/find-anything.ts';
import type { App } from '#src/domain/apps/app.ts';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { readSearch } from '#src/surfaces/dashboard/frame/search-field.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { storyHref } from './delivery-page.ts';
import { findDeliveriesTo } from './find-deliveries.ts';
import { messageRows } from './message-presenter.ts';

/** Who finds reads much of an account, so few do it at a time in a process; accounts take turns. */
const semaphore = createSemaphore(2);
/** Apps whose payloads are searched; the page says when there are more. */
const SEARCHED_APPS = 3;
const SHOWN_OF_APP = 5;

const NOTHING: Model = { q: '', most: MAX_OF_KIND, groups: [], searched: [], appsLeft: 0 };

type Parts = Pick<
  Container,
  'apps' | 'deliveryLog' | 'endpoints' | 'messages' | 'pool' | 'queue' | 'subscriptions'
>;

/** One box for everything: who looks for an id is led to its page, who looks for words gets a page of what has them. */
export function findPages(container: Parts): Router {
  const pages = new PageRoutes();

  pages.get('see', '/find', async (req, res) => {
    const { accountId } = currentVisit(req);
    const { q: typed } = readSearch(req.query['q']);
    const q = typed.trim();
    const model =
      q === '' ? { ...NOTHING, q } : await semaphore(() => find(container, accountId, q), accountId);
    const only = model.groups.flatMap(({ hits }) => hits);
    const [hit] = only;
    if (only.length === 1 && hit?.isExact === true) {
      res.redirect(302, hit.href);
      return;
    }
    await renderPage(res, { view: 'find/index', title: 'Find', model });
  });

  return pages.router;
}

async function find(container: Parts, accountId: string, q: string): Promise<Model> {
  const found = await findAnything(container.pool, accountId, q);
  const groups = groupsOf(found).filter(({ hits }) => hits.length > 0);
  const isKnown = groups.some(({ hits }) => hits.some(({ isExact }) => isExact));
  if (isKnown) return { ...NOTHING, q, groups };
  const paging = { limit: SEARCHED_APPS + 1, offset: 0 };
  const apps = await container.apps.list(accountId, paging);
  const searched = [];
  for (const app of apps.slice(0, SEARCHED_APPS)) searched.push(await searchApp(container, app, q));
  const shown = searched.filter(({ rows, isCutShort }) => rows.length > 0 || isCutShort);
  const { stories, further } = await findDeliveriesTo(container, accountId, q);
  // One delivery, and nothing else, is what was looked for.
  const isExact = shown.length === 0;
  const hits = stories.map((story) => ({ ...story, isExact }));
  return {
    ...NOTHING,
    q,
    groups: [...(hits.length > 0 ? [{ heading: 'Deliveries', hits }] : []), ...groups],
    searched: [...shown, ...further.map((one) => ({ ...one, rows: [], isCutShort: true }))],
    appsLeft: Math.max(0, apps.length - SEARCHED_APPS),
  };
}

async function searchApp(container: Parts, app: App, q: string) {
  const { text } = readSearch(q);
  const href = `/apps/${app.id}/messages?q=${encodeURIComponent(q)}`;
  if (text === undefined) return { name: app.name, href, rows: [], isCutShort: false };
  const { rows, resumeAfter } = await container.messages.search(
    app,
    { text },
    { limit: SHOWN_OF_APP, offset: 0 },
  );
  return {
    name: app.name,
    href,
    rows: await messageRows(container, app, rows),
    isCutShort: resumeAfter !== undefined,
  };
}

interface Model {
  q: string;
  /** How many of a kind are shown. */
  most: number;
  groups: { heading: string; hits: Hit[] }[];
  searched: Awaited<ReturnType<typeof searchApp>>[];
  /** How many apps were not searched, at least. */
  appsLeft: number;
}

interface Hit {
  href: string;
  label: string;
  note: string;
  isExact: boolean;
}

function groupsOf(found: Findings): { heading: string; hits: Hit[] }[] {
  const named = (note: string, { name, appName, uid, isExact }: Findings['apps'][number]) => ({
    label: name,
    note: [note, appName === name ? '' : appName, uid ?? ''].filter(Boolean).join(' · '),
    isExact,
  });
  const logged = (label: string, id: string) => ({ label, note: id, isExact: true });
  return [
    {
      heading: 'Log',
      hits: [
        ...found.messages.map(({ id, appId }) => ({
          href: `/apps/${appId}/messages/${id}`,
          ...logged('Message', id),
        })),
        ...found.deliveries.map(({ id, appId, messageId, endpointId }) => ({
          href: storyHref({ appId, messageId, endpointId }),
          ...logged('Delivery', id),
        })),
        ...found.attempts.map(({ id, appId }) => ({
          href: `/apps/${appId}/webhook_attempts/${id}`,
          ...logged('Attempt', id),
        })),
        ...found.requests.map(({ id, status, method, path }) => ({
          href: `/requests/${id}`,
          ...logged(`${status >= 400 ? 'Refused' : 'API'} request, ${String(status)}`, `${method} ${path}`),
        })),
      ],
    },
    {
      heading: 'Subscribers',
      hits: found.subscribers.map((row) => ({
        href: `/apps/${row.appId}/subscriptions/${row.id}`,
        ...named('', row),
      })),
    },
    {
      heading: 'Endpoints',
      hits: found.endpoints.map((row) => ({
        href: `/apps/${row.appId}/endpoints/${row.id}`,
        ...named(row.subscriber, row),
      })),
    },
    {
      heading: 'Webhook events',
      hits: found.events.map((row) => ({
        href: `/apps/${row.appId}`,
        ...named('', row),
      })),
    },
    { heading: 'Apps', hits: found.apps.map((row) => ({ href: `/apps/${row.id}`, ...named('', row) })) },
  ];
}
