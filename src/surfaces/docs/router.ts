import { Router } from 'express';
import type { Container } from '#src/container.ts';
import { memoized } from '#src/infra/lib/memoized.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { writeArticle } from './article.ts';
import { guidesRouter } from './guides.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { isLanguage, type Language } from '#src/surfaces/html/samples.ts';

const DEFAULT_LANGUAGE = 'ruby';

/** The public article about the add-on: `/docs` as HTML, `/docs.md` as Markdown for Heroku's Dev Center. */
export function docsRouter({ config }: Pick<Container, 'config'>): Router {
  const origin = config.http.baseUrl;
  const router = Router();
  // Written once, because that costs ten times what the rest of the page does.
  const written = memoized((language: Language) => toHtml(writeArticle(config), { origin, language }));

  router.get('/docs', (req, res) => {
    const { language } = req.query;
    const model = written(isLanguage(language) ? language : DEFAULT_LANGUAGE);
    return renderPage(res, { view: 'docs/page', title: 'Docs', layout: 'public', model });
  });

  router.get('/docs.md', (_req, res) => {
    res.type('text/markdown; charset=utf-8').send(toMarkdown(writeArticle(config), origin));
  });
  router.use(guidesRouter({ config }));
  return router;
}
