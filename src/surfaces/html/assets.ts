import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import express, { type RequestHandler } from 'express';
import { relativeTime } from '#src/infra/lib/relative-time.ts';

const ASSETS = fileURLToPath(new URL('../../../views/assets', import.meta.url));
const YEAR_MS = 31_536_000_000;
/** Files of `assets/css` in the order of their cascade layers; within a layer the later file wins. */
const STYLES = [
  ...['reset', 'tokens', 'base', 'layout', 'layout-narrow', 'page-parts'],
  ...['buttons', 'panels', 'tables', 'tables-narrow', 'code', 'forms', 'figures'].map(component),
  ...['header-list', 'facts', 'secrets', 'progress', 'checklist', 'timeline', 'phases'].map(component),
  ...['tabs', 'log-filter'].map(component),
  ...['pages', 'portal', 'overrides'],
];
/** Sheets that only some pages link, of files of `assets/css`. */
const SHEETS = {
  docs: ['docs', 'samples'],
  'docs-api': ['docs-api'],
  landing: ['landing'],
  samples: ['samples'],
};
/** Files of `assets/js`. */
const SCRIPTS = [
  'copy',
  'theme',
  'times',
  'secret',
  'event-choice',
  'live-refresh',
  'find',
  'rows',
  'tick-all',
  'frame',
  'log-filter',
  'log-tail',
];

/** The URL of an asset (`app.css`). It contains a hash of the content, so browsers may cache it forever. */
export function assetUrl(name: string): string {
  return `/assets/${name}?v=${FINGERPRINT}`;
}

/**
 * Serves `views/assets`. The style sheets that every page needs are bundled as `app.css`, and all scripts as `app.js`;
 * the landing page and the documentation add sheets of their own. Only a URL with the fingerprint is cached; a bare URL
 * is revalidated each time.
 */
export function serveAssets(): RequestHandler {
  const options = { index: false, redirect: false };
  const kept = express.static(ASSETS, { ...options, immutable: true, maxAge: YEAR_MS });
  const fresh = express.static(ASSETS, { ...options, maxAge: 0 });
  const router = express.Router();
  for (const [name, body] of [
    ['app.css', APP_CSS],
    ['app.js', APP_JS],
    ...Object.entries(SHEETS).map(([sheet, files]) => [`css/${sheet}.css`, styles(files)] as const),
  ] as const) {
    const zipped = gzipSync(body);
    router.get(`/${name}`, (req, res) => {
      const maxAge = req.query['v'] === FINGERPRINT ? `${String(YEAR_MS / 1000)}, immutable` : '0';
      res
        .set({ 'cache-control': `public, max-age=${maxAge}`, etag: `"${FINGERPRINT}"` })
        .vary('accept-encoding')
        .type(extname(name));
      if (req.acceptsEncodings(['gzip', 'identity']) === 'gzip')
        res.set('content-encoding', 'gzip').send(zipped);
      else res.send(body);
    });
  }
  router.use((req, res, next) => {
    (req.query['v'] === FINGERPRINT ? kept : fresh)(req, res, next);
  });
  return router;
}

function component(name: string): string {
  return `components/${name}`;
}

const APP_CSS = styles(STYLES);
const APP_JS = joinModules(SCRIPTS.map((name) => readFileSync(`${ASSETS}/js/${name}.js`, 'utf8')));
const FINGERPRINT = fingerprintOf(globSync('**/*.*', { cwd: ASSETS }).sort());

/**
 * The sheets as one. Comments, lines and spaces are for the sources. Why not a library: lightningcss and esbuild are
 * binaries for each platform, csso brings css-tree, no dependency of ours has one of them, and each process would load
 * it at its start. What they do besides is to merge rules and to shorten values, and sheets are sent compressed and
 * cached for a year. These lines hold for our sheets alone, as Prettier formats them.
 */
function styles(names: string[]): string {
  return names
    .map((name) => readFileSync(`${ASSETS}/css/${name}.css`, 'utf8'))
    .join('\n')
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/\n\s+/g, '\n')
    .replaceAll(/^([a-z0-9-]+): /gm, '$1:')
    .replaceAll(/ \{$/gm, '{')
    .replaceAll(/([;{},])\n/g, '$1')
    .replaceAll(/(,| >) /g, (sign) => sign.trim())
    .replaceAll(/([ (,])0\./g, '$1.')
    .replaceAll(';}', '}');
}

/** Wraps each file in a block, so that its names stay local. All files share the server's function `relativeTime`. */
function joinModules(sources: string[]): string {
  return (
    [relativeTime.toString(), ...sources.map((source) => `{\n${source}}`)]
      .join('\n')
      // Comments and indentation are for the sources. None of them has a text of several lines.
      .replaceAll(/^\s*(?:\/\*\*.*?\*\/|\/\/[^\n]*)\n/gms, '')
      .replaceAll(/\n\s+/g, '\n')
  );
}

function fingerprintOf(names: string[]): string {
  const hash = createHash('sha256').update(APP_CSS).update(APP_JS);
  for (const name of names) hash.update(name).update(readFileSync(`${ASSETS}/${name}`));
  return hash.digest('hex').slice(0, 12);
}
