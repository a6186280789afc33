import { Router } from 'express';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { writeArticle } from './article.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { isLanguage } from './samples.ts';

const DEFAULT_LANGUAGE = 'ruby';

/** The public article about the add-on: `/docs` as HTML, `/docs.md` as Markdown for Heroku's Dev Center. */
export function docsRouter({ config }: Pick<Container, 'config'>): Router {
  const origin = config.http.baseUrl;
  const router = Router();

  router.get('/docs', (req, res) => {
    const { language } = req.query;
    const shown = { origin, language: isLanguage(language) ? language : DEFAULT_LANGUAGE } as const;
    const model = toHtml(writeArticle(config), shown);
    return renderPage(res, { view: 'docs/page', title: 'Docs', layout: 'public', model });
  });

  router.get('/docs.md', (_req, res) => {
    res.type('text/markdown; charset=utf-8').send(toMarkdown(writeArticle(config), origin));
  });
  return router;
}
