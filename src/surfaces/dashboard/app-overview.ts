import type { Request, Response, Router } from 'express';
import { appNumbers } from '#src/domain/app-lists/app-numbers.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { WebhookEvent } from '#src/domain/apps/webhook-event.ts';
import { successRateOf, sumOf } from '#src/domain/attempts/delivery-counts.ts';
import type { Container } from '#src/container.ts';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { failingSummary } from '#src/domain/issues/failing-summary.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { blankForm, type Form } from '#src/surfaces/html/form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { appHead } from './apps.ts';
import { messageRows } from './message-presenter.ts';

const LATEST_MESSAGES = 5;
/** Event types that the test form offers. */
const MAX_SHOWN = 250;

type Parts = Pick<
  Container,
  'apps' | 'deliveryCounts' | 'issues' | 'messages' | 'pool' | 'queue' | 'webhookEvents'
>;

/** The first page of an app: is it well, what needs somebody, what happened lately, what it is. */
export function appOverviewPages(container: Parts): Router {
  const pages = new PageRoutes();

  pages.get('see', '/apps/:app', async (req, res) => {
    const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
    await renderApp({ container, req, res, app });
  });

  return pages.router;
}

interface AppPage {
  container: Omit<Parts, 'apps'>;
  req: Request;
  res: Response;
  app: App;
  /** The test form with its errors, when the submission was refused. */
  refused?: { form: Form; status: number };
}

/** Renders the overview of an app. A refused test message renders this page, too. */
export async function renderApp({ container, req, res, app, refused }: AppPage): Promise<void> {
  const { deliveryCounts, issues, messages, pool } = container;
  const [numbers, hours, failing, { open }, latest, choice] = await Promise.all([
    appNumbers(pool, app),
    deliveryCounts.byHour({ accountId: app.accountId, appId: app.id }),
    failingSummary(pool, app.accountId, app.id),
    issues.count(app),
    messages.page(app, {}, firstPage(LATEST_MESSAGES)).then(({ rows }) => rows),
    eventChoice(container, app, req.query['event']),
  ]);
  const counts = sumOf(hours);
  const model = {
    app: { ...appHead(app), uid: app.uid ?? null, createdAt: app.createdAt },
    notice: noticeOf(req),
    numbers,
    openIssues: open,
    /** When the hours of the numbers begin, as the log's filter takes it. */
    since: hours[0]?.hour.toISOString().slice(0, 16) ?? '',
    attempts: counts.succeeded + counts.failed,
    failed: counts.failed,
    successRate: successRateOf(counts),
    off: failing.off.reduce((sum, { endpoints }) => sum + endpoints, 0),
    causes: failing.causes.map((hit) => ({ ...hit, what: ADVICE[hit.cause].what })),
    isCut: failing.isCut,
    messages: await messageRows(container, app, latest),
    eventTypes: choice.types,
    form: refused?.form ?? testForm(choice.event),
  };
  await renderPage(res, { view: 'apps/show', title: app.name, model, status: refused?.status ?? 200 });
}

/** The event types of the test form, and the event that it is filled with: that of `?event=`, else the first. */
async function eventChoice({ webhookEvents }: Pick<Parts, 'webhookEvents'>, app: App, asked: unknown) {
  const types = await webhookEvents.types(app, MAX_SHOWN);
  const id = typeof asked === 'string' ? asked : undefined;
  const event = await webhookEvents.firstOrAsked(app, id);
  const isListed = event === null || types.includes(event.eventType);
  return { event, types: isListed ? types : [event.eventType, ...types] };
}

function testForm(event: WebhookEvent | null): Form {
  return blankForm({
    event_type: event?.eventType ?? '',
    version: '1.0',
    data: event?.samplePayloadText ?? '{}',
  });
}
