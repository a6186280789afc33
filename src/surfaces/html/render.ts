import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Response } from 'express';
import { createDutyCycle } from '#src/infra/lib/duty-cycle.ts';
import { currentBeneficiary } from '#src/infra/lib/on-behalf.ts';
import { hasRight, type Right, type Role } from '#src/domain/roles/roles.ts';
import { assetUrl } from './assets.ts';
import { compressed } from './compressed.ts';
import { tenantPath } from './tenant-path.ts';
import { viewHelpers } from './view-helpers.ts';

const VIEWS = fileURLToPath(new URL('../../../views', import.meta.url));

export interface Page {
  /** Path below `views` without the extension: `apps/show`. */
  view: string;
  /** Title of the browser's tab; the layout adds our name. */
  title: string;
  /** HTTP status; 200 by default. */
  status?: number;
  /** `app` (default): sidebar, for a signed-in reader. `public`: for everyone. `portal`: for subscribers. */
  layout?: 'app' | 'public' | 'portal';
  /** Whether the page is in the provider's name alone, and does not name us. */
  isWhiteLabel?: boolean;
  /** What the layout `portal` says of the provider and the subscriber. */
  portal?: object;
  /** The values that the view shows: plain values, never Sequelize models. */
  model?: object;
  /** What {@link renderForAll} made of the view. */
  rendered?: string;
}

/** The reader and the account, as the layouts read them from `res.locals`. */
export interface PageLocals {
  user?: { email: string };
  /** The person of ours who is signed in; Heroku's people are none. */
  person?: { email: string } | null;
  /** The reader's role in the account. */
  role?: Role;
  /** The tenant that the page shows, as `?addon=` names it. */
  tenantId?: string;
  /** All open visits of the browser, the latest sign-on first. */
  visits?: { tenantId: string; label: string }[];
  /** The Heroku resource of the visit; the layout shows the Heroku bar for it. */
  resource?: { name: string; appName: string; plan: string };
  account?: { name: string; plan: string };
  /** Set when the page warns of the quota. `share`: percent of the month's messages; `upgrade`: the command, if any. */
  quotaNotice?: { share: number; upgrade: string | null };
}

/** Compiled once, and without the templates' indentation, which is a fifth of a long table's bytes. */
const OPTIONS = { cache: true, root: VIEWS, rmWhitespace: true };

/** Of all pages of a process: the largest occupy the event loop for tens of milliseconds. */
const turnOfPage = createDutyCycle();

/** Answers with a view inside its layout. Rejects when a template throws. */
export async function renderPage(res: Response, page: Page): Promise<void> {
  await turnOfPage(currentBeneficiary());
  const scope = { ...viewHelpers, asset: assetUrl, ...pageScope(res), title: page.title };
  const isWhiteLabel = page.isWhiteLabel ?? false;
  const body = page.rendered ?? (await render(page.view, { ...scope, ...page.model }));
  const html = await render(`layouts/${page.layout ?? 'app'}`, {
    ...scope,
    isWhiteLabel,
    portal: page.portal,
    body,
  });
  const sent = await compressed(res.req, html);
  if (typeof sent !== 'string') res.set('content-encoding', 'gzip');
  res
    .status(page.status ?? 200)
    .set('cache-control', 'no-store')
    .vary('accept-encoding')
    .type('html')
    .send(sent);
}

/**
 * A view without its layout, which shows nothing of its reader: to be kept, and given to {@link renderPage} for each.
 */
export const renderForAll = (view: string, model: object): Promise<string> =>
  render(view, { ...viewHelpers, asset: assetUrl, ...model });

const render = (name: string, data: object) => ejs.renderFile(`${VIEWS}/${name}.ejs`, data, OPTIONS);

/** A part of a page alone, as it is sent after the page. `name` is that of a file of `partials`. */
export function renderPartial(res: Response, name: string, model: object): Promise<string> {
  return ejs.renderFile(
    `${VIEWS}/partials/${name}.ejs`,
    { ...viewHelpers, ...pageScope(res), ...model },
    OPTIONS,
  );
}

function pageScope(res: Response) {
  const {
    user,
    person = null,
    role,
    resource,
    account,
    tenantId,
    visits = [],
    quotaNotice,
  } = res.locals as PageLocals;
  return {
    user,
    person,
    resource,
    account,
    tenantId,
    visits,
    quotaNotice,
    /** Whether the reader has a right: what a page does not allow, it does not offer. */
    may: (right: Right) => role !== undefined && hasRight(role, right),
    /** Wraps every link of ours in a view, so that the page behind it shows the same tenant. */
    to: (path: string, other = tenantId) => tenantPath(path, other),
    // `req.path` alone lacks the mount path, which Express moves to `req.baseUrl`.
    path: `${res.req.baseUrl}${res.req.path}`,
    theme: themeOf(res.req.headers.cookie),
    url: res.req.originalUrl,
  };
}

/** The theme that the reader chose; undefined lets the browser decide. */
function themeOf(cookies = ''): 'light' | 'dark' | undefined {
  const choice = /(?:^|;\s*)theme=(light|dark)(?:;|$)/.exec(cookies)?.[1];
  return choice as 'light' | 'dark' | undefined;
}
