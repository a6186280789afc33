import { Router } from 'express';
import type { Container } from '#src/container.ts';
import { memoized } from '#src/infra/lib/memoized.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import type { OpenApi } from '#src/infra/lib/openapi.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { toReference } from './api-reference.ts';
import { isSampleLanguage, type SampleLanguage } from '#src/surfaces/docs/api-samples/index.ts';

/** The public API reference, rendered from the OpenAPI document. The samples name an app of the visit's account. */
export function apiReferenceRouter({ apps }: Pick<Container, 'apps'>, description: () => OpenApi): Router {
  const router = Router();
  const ofStrangers = memoized((language: SampleLanguage) =>
    toReference(description(), { language, appId: undefined }),
  );
  router.get('/docs/api', async (req, res) => {
    const { language } = req.query;
    const [app] = req.user === undefined ? [] : await apps.list(req.user.accountId, firstPage(1));
    const shown = isSampleLanguage(language) ? language : 'curl';
    const reference =
      app === undefined ? ofStrangers(shown) : toReference(description(), { language: shown, appId: app.id });
    await renderPage(res, {
      view: 'docs/api',
      title: 'API reference',
      layout: 'public',
      model: { ...reference, isOwnApp: app !== undefined },
    });
  });
  return router;
}
