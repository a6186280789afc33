import type { Request, Response, Router } from 'express';
import type { App } from '#src/domain/apps/app.ts';
import type { AppReplay } from '#src/domain/replays/replay.ts';
import type { Container } from '#src/container.ts';
import { STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { BadRequest, Conflict } from '#src/infra/lib/errors.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import { deliveryFields, type DeliveryQuery } from './logs/fields.ts';
import { queryOf, readQuery } from './logs/read-query.ts';
import { toReplayFilter } from './logs/to-filters.ts';

const PAGE_SIZE = 25;

type Parts = Pick<Container, 'appReplays' | 'apps' | 'clock'>;

/** Replays of what the filters of the log match: the estimate, the start, how far each is, and its end. */
export function appReplayPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { appReplays, apps, clock } = container;

  pages.get('replay', '/apps/:app/replays/new', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const { shown, unheard } = readQuery(deliveryFields, req.query);
    // A filter that is left out would make the replay larger than what was asked for.
    if (unheard !== undefined)
      throw new BadRequest('Choose what to replay by the filters of the deliveries.');
    await renderNew(container, res, { app, shown });
  });

  pages.post({ right: 'replay', form: deliveryFields }, '/apps/:app/replays', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const shown = deliveryFields.safeParse(req.body ?? {}).data;
    if (shown === undefined) throw new BadRequest('Choose what to replay by the filters of the deliveries.');
    try {
      const { id } = await appReplays.start(app, filterOf(shown, clock.now()));
      redirectWith(res, `/apps/${app.id}/replays/${id}`, 'app_replay_started');
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await renderNew(container, res, { app, shown, problem: error.message });
    }
  });

  pages.get('see', '/apps/:app/replays', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const page = await readPage(req, PAGE_SIZE, (paging) => appReplays.list(app, paging));
    const model = {
      app: appHead(app),
      page: { ...page, rows: page.rows.map((one) => shownReplay(app, one)) },
    };
    await renderPage(res, { view: 'replays/index', title: `Replays of ${app.name}`, model });
  });

  pages.get(
    'see',
    '/apps/:app/replays/:replay',
    async (req: Request<{ app: string; replay: string }>, res) => {
      const app = await apps.get(currentVisit(req).accountId, req.params.app);
      const replay = await appReplays.get(app, req.params.replay);
      const model = { app: appHead(app), replay: shownReplay(app, replay), notice: noticeOf(req) };
      await renderPage(res, { view: 'replays/show', title: 'Replay', model });
    },
  );

  pages.post(
    { right: 'replay', form: noFields },
    '/apps/:app/replays/:replay/cancel',
    async (req: Request<{ app: string; replay: string }>, res) => {
      const app = await apps.get(currentVisit(req).accountId, req.params.app);
      const { id, status } = await appReplays.cancel(app, req.params.replay);
      redirectWith(
        res,
        `/apps/${app.id}/replays/${id}`,
        status === 'done' ? 'replay_over' : 'replay_cancelled',
      );
    },
  );

  return pages.router;
}

/** Throws BadRequest when the filters match nothing that can be replayed. */
function filterOf(shown: DeliveryQuery, nowMs: number) {
  const filter = toReplayFilter(shown, nowMs);
  if (filter === undefined)
    throw new BadRequest('Only deliveries that were given up, held or ignored can be replayed.');
  return filter;
}

async function renderNew(
  { appReplays, clock }: Parts,
  res: Response,
  { app, shown, problem }: { app: App; shown: DeliveryQuery; problem?: string },
): Promise<void> {
  const filter = filterOf(shown, clock.now());
  const model = {
    app: appHead(app),
    problem,
    forecast: await appReplays.forecast(app, filter),
    states: filter.states.map((state) => STATE_LABELS[state].label.toLowerCase()),
    fields: Object.entries(shown).filter(([, value]) => value !== undefined),
    backHref: `/apps/${app.id}/deliveries${queryOf(shown)}`,
  };
  await renderPage(res, {
    view: 'replays/new',
    title: 'Replay what matches',
    model,
    status: problem === undefined ? 200 : 409,
  });
}

const BADGES: Record<AppReplay['status'], Badge> = {
  running: { tone: 'info', label: 'Running' },
  done: { tone: 'success', label: 'Done' },
  cancelled: { tone: 'neutral', label: 'Cancelled' },
};

function shownReplay(app: App, replay: AppReplay) {
  const { id, status, total, done, isExact, endpoints, endpointsOff, deliveriesOff, createdAt } = replay;
  return {
    href: `/apps/${app.id}/replays/${id}`,
    badge: BADGES[status],
    isRunning: status === 'running',
    ...{ id, total, done, isExact, endpoints, endpointsOff, deliveriesOff, createdAt },
    asked: Object.entries(replay.filter)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  };
}
