import { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { WebhookEvent } from '#src/domain/apps/webhook-event.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { blankForm, type Form, line, submit } from '#src/surfaces/html/form.ts';
import { APP_RULE_PARTS } from '#src/surfaces/html/rules/rule-parts.ts';
import { shownParts } from '#src/surfaces/html/rules/shown-parts.ts';
import { readRules, ruleFields, ruleValues } from '#src/surfaces/html/rules/rules-form.ts';
import { messageRow } from './message-presenter.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const PAGE_SIZE = 25;
const LATEST_MESSAGES = 5;

const newApp = z.strictObject({ name: line('Give the app a name.', 255) });

/** The form of an app that is there, with the default rules of its endpoints. */
const editedApp = z.strictObject({ ...newApp.shape, ...ruleFields(APP_RULE_PARTS).shape });

const editedAppOf = ({ rules }: App) =>
  editedApp.transform(({ name, ...fields }, context) => ({
    name,
    rules: readRules(APP_RULE_PARTS, { fields, stored: rules, context }),
  }));

const deletion = z.strictObject({ confirmation: z.string() });

const deletionOf = ({ name }: App) =>
  deletion.refine(({ confirmation }) => confirmation.trim() === name.trim(), {
    path: ['confirmation'],
    error: 'This is not the app’s name.',
  });

export function appPages(
  container: Pick<Container, 'apps' | 'issues' | 'messages' | 'subscriptions' | 'webhookEvents'>,
): Router {
  const pages = new PageRoutes();
  const { apps } = container;

  pages.get('see', '/apps', async (req, res) => {
    const { accountId } = currentVisit(req);
    const page = await readPage(req, PAGE_SIZE, (paging) => apps.list(accountId, paging));
    const rows = page.rows.map((app) => ({ ...appHead(app), createdAt: app.createdAt }));
    await renderPage(res, {
      view: 'apps/index',
      title: 'Apps',
      model: { page: { ...page, rows }, notice: noticeOf(req) },
    });
  });

  pages.get('edit', '/apps/new', (_req, res) => renderNew(res, blankForm()));

  pages.post({ right: 'edit', form: newApp }, '/apps', async (req, res) => {
    const { accountId } = currentVisit(req);
    const result = await submit(newApp, req.body, (input) => apps.create(accountId, input));
    if ('form' in result) await renderNew(res, result.form, result.status);
    else redirectWith(res, `/apps/${result.saved.id}`, 'app_created');
  });

  pages.get('edit', '/apps/:app/edit', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await renderEdit(res, app, {});
  });

  pages.post({ right: 'edit', form: editedApp }, '/apps/:app', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(editedAppOf(app), req.body, (input) => apps.update(app, input));
    if ('form' in result) await renderEdit(res, app, result);
    else redirectWith(res, `/apps/${app.id}`, 'app_saved');
  });

  pages.post({ right: 'delete', form: deletion }, '/apps/:app/delete', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(deletionOf(app), req.body, () => apps.delete(app));
    if ('form' in result) await renderEdit(res, app, { deletion: result.form, status: result.status });
    else redirectWith(res, '/apps', 'app_deleted');
  });

  pages.get('see', '/apps/:app', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await renderApp({ container, req, res, app });
  });

  return pages.router;
}

/** The fields of an app that every page below the app shows. */
export function appHead(app: App) {
  return { id: app.id, name: app.name, href: `/apps/${app.id}` };
}

interface AppPage {
  container: Pick<Container, 'issues' | 'messages' | 'subscriptions' | 'webhookEvents'>;
  req: Request;
  res: Response;
  app: App;
  /** The test form with its errors, when the submission was refused. */
  refused?: { form: Form; status: number };
}

/** Renders the page of an app. A refused test message renders this page, too. */
export async function renderApp({ container, req, res, app, refused }: AppPage): Promise<void> {
  const [events, subscribers, messages, issues] = await Promise.all([
    container.webhookEvents.all(app),
    readPage(req, PAGE_SIZE, (paging) => container.subscriptions.list(app, paging)),
    container.messages.page(app, {}, firstPage(LATEST_MESSAGES)).then(({ rows }) => rows),
    container.issues.count(app),
  ]);
  const model = {
    app: appHead(app),
    notice: noticeOf(req),
    openIssues: issues.open,
    events: events.map(({ id, eventType, description, createdAt }) => ({
      id,
      eventType,
      description,
      createdAt,
    })),
    subscribers: {
      ...subscribers,
      rows: subscribers.rows.map(({ id, name, createdAt }) => ({
        name,
        createdAt,
        href: `/apps/${app.id}/subscriptions/${id}`,
      })),
    },
    messages: messages.map(messageRow),
    form: refused?.form ?? testForm(events, req.query['event']),
  };
  await renderPage(res, { view: 'apps/show', title: app.name, model, status: refused?.status ?? 200 });
}

/** The test form, filled with the sample of the event in `?event=`, or of the first event. */
function testForm(events: WebhookEvent[], eventId: unknown): Form {
  const event = events.find(({ id }) => id === eventId) ?? events[0];
  return blankForm({
    event_type: event?.eventType ?? '',
    version: '1.0',
    data: event?.samplePayloadText ?? '{}',
  });
}

function renderNew(res: Response, form: Form, status = 200): Promise<void> {
  return renderPage(res, { view: 'apps/new', title: 'Set up an app', model: { form }, status });
}

interface Edit {
  form?: Form;
  deletion?: Form;
  status?: number;
}

function renderEdit(res: Response, app: App, edit: Edit): Promise<void> {
  const filled = { name: app.name, ...ruleValues(APP_RULE_PARTS, app.rules) };
  const { form = blankForm(filled), deletion = blankForm(), status = 200 } = edit;
  const model = {
    app: appHead(app),
    form,
    parts: shownParts(APP_RULE_PARTS, { rules: app.rules, form }),
    deletion,
  };
  return renderPage(res, { view: 'apps/edit', title: `Edit ${app.name}`, model, status });
}
