import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { attemptRow } from './attempt-row.ts';
import { endpointHead } from './endpoint-page.ts';
import { contextOf, renderPortal } from './portal-page.ts';
import { PortalRoutes } from './portal-routes.ts';

const SHOWN_ENDPOINTS = 50;
const SHOWN_ATTEMPTS = 20;

type Parts = Pick<Container, 'apps' | 'attempts' | 'endpoints' | 'pool' | 'portalLinks'>;

/** A subscriber's endpoints, their health, and the latest attempts. */
export function homePages(container: Parts): Router {
  const pages = new PortalRoutes(container);
  const { attempts, endpoints } = container;

  pages.get('view', '/:subscription', async (asked) => {
    const context = contextOf(asked);
    const { home } = context;
    const { subscription } = asked.visit;
    const [own, latest] = await Promise.all([
      endpoints.listOfSubscription(subscription, { limit: SHOWN_ENDPOINTS, offset: 0 }),
      attempts.latestOfSubscription(subscription, SHOWN_ATTEMPTS),
    ]);
    const urls = new Map(own.map(({ id, url }) => [id, url]));
    const model = {
      endpoints: await Promise.all(own.map((endpoint) => endpointHead(container, endpoint, home))),
      isCut: own.length === SHOWN_ENDPOINTS,
      attempts: latest.map((attempt) => attemptRow(attempt, home, urls.get(attempt.endpointId))),
    };
    await renderPortal(context, { view: 'home', title: 'Webhooks', model });
  });

  return pages.router;
}
