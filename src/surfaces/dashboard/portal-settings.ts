import type { Response, Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import { PAYLOADS, portalOf, portalSettings } from '#src/domain/apps/portal-settings.ts';
import type { Container } from '#src/container.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { appHead } from './apps.ts';

const optional = () => z.string().trim().default('');

const fields = z.strictObject({
  name: optional(),
  logo_url: optional(),
  accent: optional(),
  return_url: optional(),
  payloads: z.enum(PAYLOADS),
  frame_origins: optional(),
  heading: optional(),
  introduction: optional(),
  support: optional(),
});

type Fields = z.output<typeof fields>;

const settingsForm = fields.superRefine(refuseUnusable);

/** How the portal of an app's subscribers looks, who may frame it, and what it shows. */
export function portalSettingPages(container: Pick<Container, 'apps'>): Router {
  const pages = new PageRoutes();
  const { apps } = container;

  pages.get('edit', '/apps/:app/portal', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await render(res, app, { form: formOf(app) });
  });

  pages.post({ right: 'edit', form: fields }, '/apps/:app/portal', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(settingsForm, req.body, (input) =>
      apps.update(app, { portal: settingsOf(input) }),
    );
    if ('form' in result) await render(res, app, result);
    else redirectWith(res, `/apps/${app.id}`, 'portal_saved');
  });

  return pages.router;
}

/** The settings in the names of the API, whose rules hold. */
function settingsOf(input: Fields) {
  const { payloads, frame_origins: origins, heading, introduction, support, ...texts } = input;
  return {
    ...withNulls(texts),
    payloads,
    frame_origins: origins.split(/\s+/).filter((origin) => origin !== ''),
    strings: withNulls({ heading, introduction, support }),
  };
}

const withNulls = <T extends Record<string, string>>(texts: T) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text === '' ? null : text])) as {
    [Name in keyof T]: string | null;
  };

/** The refusals of the API at the fields of the form, as sentences. */
function refuseUnusable(input: Fields, context: z.core.$RefinementCtx): void {
  for (const { path, message } of portalSettings.safeParse(settingsOf(input)).error?.issues ?? []) {
    const field = path.findLast((part) => typeof part === 'string') ?? '';
    context.addIssue({ code: 'custom', path: [field], message: `It ${message}.` });
  }
}

function formOf(app: App): Form {
  const { strings, frame_origins: origins, ...others } = portalOf(app);
  const values = Object.entries({ ...others, ...strings }).map(([name, value]) => [name, value ?? '']);
  return blankForm({ ...Object.fromEntries(values), frame_origins: origins.join('\n') } as Form['values']);
}

function render(res: Response, app: App, { form, status = 200 }: { form: Form; status?: number }) {
  const model = { app: appHead(app), form };
  return renderPage(res, { view: 'apps/portal', title: `Portal of ${app.name}`, model, status });
}
