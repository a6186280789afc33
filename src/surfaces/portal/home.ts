import type { Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import type { Capability } from '#src/domain/subscriptions/portal-capabilities.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoints.ts';
import { attemptBadge, endpointBadge, resultOf } from '#src/surfaces/html/badges.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import type { PortalVisit } from '#src/domain/subscriptions/portal-links.ts';
import { PortalRoutes } from './portal-routes.ts';
import { homeOf } from './session.ts';
import { whatIsWrong } from './words.ts';

const SHOWN_ENDPOINTS = 50;
const SHOWN_ATTEMPTS = 20;

interface Home {
  container: Pick<Container, 'apps' | 'attempts' | 'endpoints'>;
  res: Response;
  visit: PortalVisit;
  /** The endpoint whose secret the subscriber asked to reveal. */
  revealed?: { endpointId: string; secret: string; standard: string };
}

export function homePages(container: Home['container'] & Pick<Container, 'portalLinks'>): Router {
  const pages = new PortalRoutes(container);
  pages.get('view', '/:subscription', ({ visit, res }) => renderHome({ container, res, visit }));
  return pages.router;
}

/** A subscriber's endpoints, their health, and the latest attempts. */
export async function renderHome({ container, res, visit, revealed }: Home): Promise<void> {
  const { subscription, capabilities } = visit;
  const { apps, attempts, endpoints } = container;
  const [app, own, latest] = await Promise.all([
    apps.get(subscription.accountId, subscription.appId),
    endpoints.listOfSubscription(subscription, { limit: SHOWN_ENDPOINTS, offset: 0 }),
    attempts.latestOfSubscription(subscription, SHOWN_ATTEMPTS),
  ]);
  const urls = new Map(own.map(({ id, url }) => [id, url]));
  const model = {
    provider: app.name,
    href: homeOf(subscription.id),
    subscriber: subscription.name,
    can: (capability: Capability) => capabilities.includes(capability),
    endpoints: own.map((endpoint) => ({
      ...endpointModel(endpoint),
      revealed: revealed?.endpointId === endpoint.id ? revealed : null,
    })),
    isCut: own.length === SHOWN_ENDPOINTS,
    attempts: latest.map((attempt) => ({
      at: attempt.attemptedAt,
      badge: attemptBadge(attempt),
      result: resultOf(attempt),
      eventType: attempt.eventType,
      url: urls.get(attempt.endpointId) ?? '',
      attemptNumber: attempt.attemptNumber,
      durationMs: Math.round(attempt.durationMs),
    })),
  };
  await renderPage(res, {
    view: 'portal/home',
    title: `Webhooks from ${app.name}`,
    layout: 'portal',
    // An app with header names of its own sends in its own name.
    isWhiteLabel: app.headerPrefix !== null,
    model,
  });
}

function endpointModel(endpoint: EndpointWithParents) {
  const { id, url, description, status, failingSince, inactiveSince, receivesAllEvents } = endpoint;
  const types = endpoint.webhookEvents.map(({ eventType }) => eventType).sort();
  return {
    id,
    url,
    description,
    badge: endpointBadge(endpoint),
    since: status === 'active' ? failingSince : inactiveSince,
    problem: whatIsWrong(endpoint),
    events: receivesAllEvents ? 'All' : types.join(', ') || 'None',
  };
}
