import type { Request, Router } from 'express';
import type { Container } from '#src/container.ts';
import { capabilitiesOf } from '#src/domain/subscriptions/portal-capabilities.ts';
import { submit } from '#src/surfaces/html/form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { portalLinkFields } from './portal-link-form.ts';
import { renderSubscription, type SubscriptionPageParts } from './subscription-page.ts';
import { subscriptionOf } from './subscription-of-app.ts';

const PATH = '/apps/:app/subscriptions/:subscription';

/** As long as somebody in support looks. */
const OPEN_SECONDS = 3600;

type Parts = SubscriptionPageParts & Pick<Container, 'apps' | 'portalLinks' | 'subscriptions'>;

/** Links to a subscriber's portal: to give away, or to open it as they see it. */
export function portalLinkPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, portalLinks } = container;

  const find = async (req: Request<{ app: string; subscription: string }>) => {
    const { accountId, role, email, memberId } = currentVisit(req);
    const app = await apps.get(accountId, req.params.app);
    const subscription = await subscriptionOf(container, app, req.params.subscription);
    const provider = { email: email ?? undefined, memberId };
    return { app, subscription, own: capabilitiesOf(role), provider };
  };

  pages.post({ right: 'edit', form: portalLinkFields }, `${PATH}/portal_links`, async (req, res) => {
    const { app, subscription, own } = await find(req);
    const result = await submit(portalLinkFields, req.body, (input) =>
      portalLinks.issue(subscription, {
        expiresInSeconds: Number(input.expires_in),
        capabilities: input.capabilities.filter((one) => own.includes(one)),
        singleUse: input.single_use === 'on',
      }),
    );
    const shown = { container, req, res, app, subscription };
    if ('form' in result) await renderSubscription({ ...shown, refused: result });
    // Not a redirect, because a link stands in no address and no cookie.
    else await renderSubscription({ ...shown, link: result.saved });
  });

  pages.post({ right: 'edit', form: noFields }, `${PATH}/portal_links/end`, async (req, res) => {
    const { app, subscription } = await find(req);
    await portalLinks.endAll(subscription);
    redirectWith(res, `/apps/${app.id}/subscriptions/${subscription.id}`, 'portal_links_ended');
  });

  pages.post({ right: 'edit', form: noFields }, `${PATH}/portal`, async (req, res) => {
    const { subscription, own, provider } = await find(req);
    const { url } = await portalLinks.issue(subscription, {
      expiresInSeconds: OPEN_SECONDS,
      capabilities: own,
      singleUse: true,
      provider,
    });
    const { pathname } = new URL(url);
    res.redirect(303, pathname);
  });

  return pages.router;
}
