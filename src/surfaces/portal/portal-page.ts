import type { Request, Response } from 'express';
import { portalOf } from '#src/domain/apps/portal-settings.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Capability } from '#src/domain/subscriptions/portal-capabilities.ts';
import type { PortalVisit } from '#src/domain/subscriptions/portal-links.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { brandOf } from './brand.ts';
import { isFramed } from './framing.ts';
import { noticeOf } from './notices.ts';
import { homeOf } from './session.ts';

/** What every page of a visit is shown with. */
export interface PortalContext {
  visit: PortalVisit;
  app: App;
  req: Request;
  res: Response;
  /** The address of the portal's first page. */
  home: string;
}

export const contextOf = ({ visit, app, req, res }: Omit<PortalContext, 'home'>): PortalContext => ({
  visit,
  app,
  req,
  res,
  home: homeOf(visit.subscription.id),
});

interface PortalPage {
  /** Path below `views/portal`. */
  view: string;
  title: string;
  model?: object;
  status?: number | undefined;
}

/** Renders a page in the provider's name. */
export async function renderPortal(context: PortalContext, page: PortalPage): Promise<void> {
  const { visit, app, req, res, home } = context;
  const { subscription, capabilities, isProvider, returnUrl } = visit;
  const { name, ...brand } = brandOf(app, home);
  const framed = isFramed(req);
  const portal = {
    home,
    provider: name,
    ...brand,
    // Inside of the provider's page there is nowhere to go back to.
    isFramed: framed,
    subscriber: subscription.name,
    isProvider,
    back: framed ? null : (returnUrl ?? portalOf(app).return_url),
    can: (capability: Capability) => capabilities.includes(capability),
  };
  await renderPage(res, {
    view: `portal/${page.view}`,
    title: `${page.title} · ${name}`,
    layout: 'portal',
    // An app with header names of its own sends in its own name.
    isWhiteLabel: app.headerPrefix !== null,
    portal,
    status: page.status ?? 200,
    model: { notice: noticeOf(req, subscription.id), portal, ...page.model },
  });
}
