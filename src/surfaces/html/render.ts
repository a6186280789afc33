import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Response } from 'express';
import { addonPath } from './addon-path.ts';
import { assetUrl } from './assets.ts';
import { viewHelpers } from './view-helpers.ts';

const VIEWS = fileURLToPath(new URL('../../../views', import.meta.url));

export interface Page {
  /** Below `views`, without the extension: `apps/show`. */
  view: string;
  /** Of the browser's tab; our name is added. */
  title: string;
  status?: number;
  /** `app`: with the sidebar, for whoever is signed in. `public`: for everyone. `portal`: for subscribers. */
  layout?: 'app' | 'public' | 'portal';
  /** What the view shows: plain values, never models. */
  model?: object;
}

/** Who is signed in and where, as the layouts read it from `res.locals`. */
export interface PageLocals {
  user?: { email: string };
  /** Which of the add-ons that the browser has open the page is about, as `?addon=` names it. */
  addon?: string;
  /** All of them, the latest sign-on first. */
  visits?: { addon: string; label: string }[];
  /** The Heroku resource of the session: then the Heroku bar is shown. */
  resource?: { name: string; appName: string; plan: string };
  account?: { name: string; plan: string };
  /** Of the month's messages so much, in per cent, is used that the page says so. */
  quotaNotice?: { share: number; upgrade: string | null };
}

/** Renders a view inside its layout and answers with it. Templates are compiled once in production. */
export async function renderPage(res: Response, page: Page): Promise<void> {
  const isCached = res.app.enabled('view cache');
  const render = (name: string, data: object) =>
    ejs.renderFile(`${VIEWS}/${name}.ejs`, data, { cache: isCached, root: VIEWS });
  const scope = { ...viewHelpers, asset: assetUrl, ...pageScope(res), title: page.title };
  const body = await render(page.view, { ...scope, ...page.model });
  const html = await render(`layouts/${page.layout ?? 'app'}`, { ...scope, body });
  res
    .status(page.status ?? 200)
    .set('cache-control', 'no-store')
    .type('html')
    .send(html);
}

function pageScope(res: Response) {
  const { user, resource, account, addon, visits = [], quotaNotice } = res.locals as PageLocals;
  return {
    user,
    resource,
    account,
    addon,
    visits,
    quotaNotice,
    /** Around every address of ours that a view makes: it says which add-on the page behind it is about. */
    to: (path: string, other = addon) => addonPath(path, other),
    // As the reader sees it: by the time of the answer a router has cut off what it is mounted at.
    path: `${res.req.baseUrl}${res.req.path}`,
    theme: themeOf(res.req.headers.cookie),
    url: res.req.originalUrl,
  };
}

/** What the reader chose with the switch; without a choice the system decides. */
function themeOf(cookies = ''): 'light' | 'dark' | undefined {
  const choice = /(?:^|;\s*)theme=(light|dark)(?:;|$)/.exec(cookies)?.[1];
  return choice as 'light' | 'dark' | undefined;
}
