import type { Response, Router } from 'express';
import { z } from 'zod';
import { type AppHealth, healthOfApps } from '#src/domain/app-lists/app-health.ts';
import { appNumbers } from '#src/domain/app-lists/app-numbers.ts';
import { headerPrefix, successPolicy } from '#src/domain/apps/app-schema.ts';
import type { App } from '#src/domain/apps/app.ts';
import { successRateOf } from '#src/domain/attempts/delivery-counts.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import {
  asSentences,
  blankForm,
  conflictAt,
  type Form,
  line,
  uidField,
  submit,
} from '#src/surfaces/html/form.ts';
import { APP_RULE_PARTS } from '#src/surfaces/html/rules/rule-parts.ts';
import { shownParts } from '#src/surfaces/html/rules/shown-parts.ts';
import { readRules, ruleFields, ruleValues } from '#src/surfaces/html/rules/rules-form.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

/** Apps that a page can be narrowed to: as many as the largest plan has. */
export const APP_CHOICES = 500;
const PAGE_SIZE = 25;

const newApp = z.strictObject({ name: line('Give the app a name.', 255) });

/** The form of an app that is there, with the default rules of its endpoints. */
const editedApp = z.strictObject({
  ...newApp.shape,
  uid: uidField(),
  success_policy: successPolicy.optional(),
  header_prefix: z
    .string()
    .trim()
    .transform((prefix) => (prefix === '' ? null : prefix))
    .pipe(asSentences('The prefix', headerPrefix.unwrap()).nullable())
    .optional(),
  ...ruleFields(APP_RULE_PARTS).shape,
});

const editedAppOf = ({ rules }: App) =>
  editedApp.transform(({ name, uid, success_policy, header_prefix, ...fields }, context) => ({
    ...{ name, uid, successPolicy: success_policy },
    headerPrefix: header_prefix,
    rules: readRules(APP_RULE_PARTS, { fields, stored: rules, context }),
  }));

const deletion = z.strictObject({ confirmation: z.string() });

const deletionOf = ({ name }: App) =>
  deletion.refine(({ confirmation }) => confirmation.trim() === name.trim(), {
    path: ['confirmation'],
    error: 'This is not the app’s name.',
  });

type Parts = Pick<Container, 'apps' | 'deliveryCounts' | 'pool'>;

export function appPages({ apps, deliveryCounts, pool }: Parts): Router {
  const pages = new PageRoutes();

  pages.get('see', '/apps', async (req, res) => {
    const { accountId } = currentVisit(req);
    const page = await readPage(req, PAGE_SIZE, (paging) => apps.list(accountId, paging));
    const ids = page.rows.map(({ id }) => id);
    const health = await healthOfApps({ deliveryCounts, pool }, accountId, ids);
    const rows = page.rows.map((app) => appRow(app, health(app.id)));
    await renderPage(res, {
      view: 'apps/index',
      title: 'Apps',
      model: { page: { ...page, rows }, notice: noticeOf(req) },
    });
  });

  pages.get('edit', '/apps/new', (req, res) =>
    renderNew(res, blankForm({ name: currentVisit(req).resource?.appName ?? '' })),
  );

  pages.post({ right: 'edit', form: newApp }, '/apps', async (req, res) => {
    const { accountId } = currentVisit(req);
    const result = await submit(newApp, req.body, (input) => apps.create(accountId, input));
    if ('form' in result) await renderNew(res, result.form, result.status);
    else redirectWith(res, `/apps/${result.saved.id}`, 'app_created');
  });

  pages.get('edit', '/apps/:app/edit', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await renderEdit(pool, res, { app });
  });

  pages.post({ right: 'edit', form: editedApp }, '/apps/:app', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(editedAppOf(app), req.body, (input) =>
      conflictAt('uid', apps.update(app, input)),
    );
    if ('form' in result) await renderEdit(pool, res, { app, ...result });
    else redirectWith(res, `/apps/${app.id}`, 'app_saved');
  });

  pages.post({ right: 'delete', form: deletion }, '/apps/:app/delete', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(deletionOf(app), req.body, () => apps.delete(app));
    if ('form' in result) await renderEdit(pool, res, { app, deletion: result.form, status: result.status });
    else redirectWith(res, '/apps', 'app_deleted');
  });

  return pages.router;
}

/** The fields of an app that every page below the app shows. */
export function appHead(app: App) {
  return { id: app.id, name: app.name, href: `/apps/${app.id}` };
}

function appRow(app: App, health: AppHealth) {
  const { endpoints, lastMessageAt } = health;
  return {
    ...appHead(app),
    ...{ uid: app.uid ?? null, endpoints, lastMessageAt },
    attempts: health.succeeded + health.failed,
    successRate: successRateOf(health),
  };
}

function renderNew(res: Response, form: Form, status = 200): Promise<void> {
  return renderPage(res, { view: 'apps/new', title: 'Set up an app', model: { form }, status });
}

interface Edit {
  app: App;
  form?: Form;
  deletion?: Form;
  status?: number;
}

async function renderEdit(pool: Container['pool'], res: Response, { app, ...edit }: Edit): Promise<void> {
  const filled = {
    ...{ name: app.name, uid: app.uid ?? '' },
    ...{ success_policy: app.successPolicy, header_prefix: app.headerPrefix ?? '' },
    ...ruleValues(APP_RULE_PARTS, app.rules),
  };
  const { form = blankForm(filled), deletion = blankForm(), status = 200 } = edit;
  const model = {
    app: appHead(app),
    form,
    parts: shownParts(APP_RULE_PARTS, { rules: app.rules, form }),
    deletion,
    numbers: await appNumbers(pool, app),
    notice: noticeOf(res.req),
  };
  await renderPage(res, { view: 'apps/edit', title: `Settings of ${app.name}`, model, status });
}
