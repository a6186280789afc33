import type { Request, Response } from 'express';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Transformation, TransformationVersion } from '#src/domain/transformations/transformation.ts';
import { lineDifference } from '#src/infra/lib/line-difference.ts';
import type { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { submit } from '#src/surfaces/html/form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { appHead } from './apps.ts';

const ONE = '/apps/:app/transformations/:transformation/versions/:version';

type Parts = Pick<Container, 'apps' | 'transformations'>;
type VersionRequest = Request<{ app: string; transformation: string; version: string }>;

/** A version that a transformation had: what changed since, and making its code the present one again. */
export function pagesOfVersions(pages: PageRoutes, { apps, transformations }: Parts): void {
  const read = async (req: VersionRequest) => {
    const { app: appId, transformation, version } = req.params;
    const app = await apps.get(currentVisit(req).accountId, appId);
    const one = await transformations.get(app, transformation);
    return { app, one, old: await transformations.version(one, Number(version)) };
  };

  pages.get('see', ONE, async (req: VersionRequest, res) => {
    await renderVersion(res, await read(req));
  });

  pages.post({ right: 'edit', form: noFields }, `${ONE}/restore`, async (req: VersionRequest, res) => {
    const { app, one, old } = await read(req);
    const result = await submit(noFields, req.body, () => transformations.restore(one, old));
    if ('saved' in result)
      return redirectWith(res, `/apps/${app.id}/transformations/${one.id}`, 'transformation_saved');
    const { problem = result.form.errors['code'] } = result.form;
    await renderVersion(res, { app, one, old, problem }, result.status);
  });
}

interface Shown {
  app: App;
  one: Transformation;
  old: TransformationVersion;
  problem?: string | undefined;
}

async function renderVersion(res: Response, { app, one, old, problem }: Shown, status = 200): Promise<void> {
  const head = appHead(app);
  const model = {
    app: head,
    one: { name: one.name, version: one.version, href: `${head.href}/transformations/${one.id}` },
    old: { version: old.version, createdAt: old.createdAt, code: old.code },
    difference: lineDifference(old.code, one.code).join('\n'),
    problem,
  };
  const title = `${one.name}, version ${String(old.version)}`;
  await renderPage(res, { view: 'transformations/version', title, status, model });
}
