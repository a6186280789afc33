import { readFileSync } from 'node:fs';
import ejs from 'ejs';
import { Router } from 'express';
import type { Config } from '#src/config.ts';
import type { Container } from '#src/container.ts';
import { memoized } from '#src/infra/lib/memoized.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { toHtml } from './html.ts';

/** Pages beside the article, by the last part of their address. */
const GUIDES = {
  rules: 'Delivery rules',
  frameworks: 'Web frameworks',
  hookdeck: 'Coming from Hookdeck',
} as const;

type GuideName = keyof typeof GUIDES;

/** The public guides: `/docs/NAME` as HTML, `/docs/NAME.md` as Markdown. */
export function guidesRouter({ config }: Pick<Container, 'config'>): Router {
  const origin = config.http.baseUrl;
  const router = Router();
  const written = memoized((name: GuideName) =>
    toHtml(writeGuide(name, config), { origin, language: 'curl' }),
  );
  for (const name of Object.keys(GUIDES) as GuideName[]) {
    router.get(`/docs/${name}`, (_req, res) => {
      const model = { ...written(name), markdown: `/docs/${name}.md` };
      return renderPage(res, { view: 'docs/page', title: GUIDES[name], layout: 'public', model });
    });
    router.get(`/docs/${name}.md`, (_req, res) => {
      res.type('text/markdown; charset=utf-8').send(writeGuide(name, config));
    });
  }
  return router;
}

const FOLDER = new URL('../../../views/docs/guides/', import.meta.url);

function writeGuide(name: GuideName, { http }: Pick<Config, 'http'>): string {
  const template = readFileSync(new URL(`${name}.md.ejs`, FOLDER), 'utf8');
  return ejs.render(template, { api: `${http.baseUrl}/api/v1` });
}
