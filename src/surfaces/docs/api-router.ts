import { Router } from 'express';
import type { Container } from '#src/container.ts';
import { memoized } from '#src/infra/lib/memoized.ts';
import { renderForAll, renderPage } from '#src/surfaces/html/render.ts';
import type { OpenApi } from '#src/infra/lib/openapi.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { toReference } from './api-reference.ts';
import { isSampleLanguage, type SampleLanguage } from '#src/surfaces/docs/api-samples/index.ts';

const VIEW = 'docs/api';

/** The public API reference, rendered from the OpenAPI document. The samples name an app of the visit's account. */
export function apiReferenceRouter({ apps }: Pick<Container, 'apps'>, description: () => OpenApi): Router {
  const router = Router();
  const referenceFor = (language: SampleLanguage, appId: string | undefined) => ({
    ...toReference(description(), { language, appId }),
    isOwnApp: appId !== undefined,
  });
  // Rendered once, because that takes 20 ms, and strangers may ask for it as often as they like.
  const ofStrangers = memoized((language: SampleLanguage) =>
    renderForAll(VIEW, referenceFor(language, undefined)),
  );
  router.get('/docs/api', async (req, res) => {
    const { language } = req.query;
    const [app] = req.user === undefined ? [] : await apps.list(req.user.accountId, firstPage(1));
    const shown = isSampleLanguage(language) ? language : 'curl';
    const content =
      app === undefined ? { rendered: await ofStrangers(shown) } : { model: referenceFor(shown, app.id) };
    await renderPage(res, { view: VIEW, title: 'API reference', layout: 'public', ...content });
  });
  return router;
}
