import type { Router } from 'express';
import { MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import type { Container } from '#src/container.ts';
import { testForm } from '#src/surfaces/html/endpoint-form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { readRepair, type RepairParts, replayedSoon } from '#src/surfaces/html/repair.ts';
import { endpointHead } from './endpoint-page.ts';
import { contextOf, renderPortal } from './portal-page.ts';
import { type Asked, PortalRoutes } from './portal-routes.ts';
import { homeOf } from './session.ts';
import { sendTest } from './tests.ts';

const REPAIR = '/:subscription/endpoints/:endpoint/repair';

type Parts = RepairParts &
  Pick<Container, 'apps' | 'endpoints' | 'portalLinks' | 'sampleSender' | 'webhookEvents'>;

/** From an endpoint that is off to one that missed nothing: fix, test, turn on, send what it missed. */
export function repairPages(container: Parts): Router {
  const pages = new PortalRoutes(container);
  const { endpoints, replays } = container;
  const find = ({ visit, req }: Asked<{ subscription: string; endpoint: string }>) =>
    endpoints.getOfSubscription(visit.subscription, req.params.endpoint);
  const backTo = ({ visit, res }: Asked, { id }: { id: string }) => {
    res.redirect(303, `${homeOf(visit.subscription.id)}/endpoints/${id}/repair`);
  };

  pages.get('view', REPAIR, async (asked) => {
    const context = contextOf(asked);
    const endpoint = await find(asked);
    const { app, home } = context;
    const [head, repair, events] = await Promise.all([
      endpointHead(container, endpoint, home),
      readRepair(container, app, endpoint),
      container.webhookEvents.all(app),
    ]);
    const model = { endpoint: head, repair, eventTypes: events.map(({ eventType }) => eventType) };
    await renderPortal(context, { view: 'repair', title: `Repair ${head.host}`, model });
  });

  pages.post({ capability: 'replay', form: testForm }, `${REPAIR}/test`, async (asked) => {
    const endpoint = await find(asked);
    await sendTest(container, endpoint, asked.req.body);
    backTo(asked, endpoint);
  });

  pages.post({ capability: 'endpoints', form: noFields }, `${REPAIR}/on`, async (asked) => {
    const endpoint = await find(asked);
    await endpoints.update(endpoint, { status: 'active' });
    backTo(asked, endpoint);
  });

  pages.post({ capability: 'replay', form: noFields }, `${REPAIR}/replay`, async (asked) => {
    const endpoint = await find(asked);
    await replays.start(endpoint, { states: MISSED_STATES });
    await replayedSoon(container, endpoint);
    backTo(asked, endpoint);
  });

  return pages.router;
}
