import type { Router } from 'express';
import { portalOf } from '#src/domain/apps/portal-settings.ts';
import type { Container } from '#src/container.ts';
import { wasRefused } from '#src/domain/signature-doctor/examine-answer.ts';
import {
  attemptView,
  deliveryView,
  readAttempt,
  responseView,
  timelineOf,
} from '#src/surfaces/html/attempt-view.ts';
import { contextOf, renderPortal } from './portal-page.ts';
import { shownAnswer, shownBody, shownHeaders } from './payloads.ts';
import { PortalRoutes } from './portal-routes.ts';

type Parts = Pick<
  Container,
  'apps' | 'attempts' | 'config' | 'endpoints' | 'executions' | 'messages' | 'models' | 'pool' | 'portalLinks'
>;

/** Attempts, each with what was sent and what the subscriber answered. */
export function attemptPages(container: Parts): Router {
  const pages = new PortalRoutes(container);

  pages.get('view', '/:subscription/attempts/:attempt', async (asked) => {
    const context = contextOf(asked);
    const { app, home } = context;
    const attempt = await container.attempts.get(app, asked.req.params.attempt);
    // Throws NotFound for an attempt of another subscriber.
    const endpoint = await container.endpoints.getOfSubscription(
      asked.visit.subscription,
      attempt.endpointId,
    );
    const { id, url } = endpoint;
    const { payloads } = portalOf(app);
    const { message, delivery, numbered, siblings, request } = await readAttempt(container, app, attempt);
    const model = {
      attempt: attemptView(numbered, { endpoint, timeoutMs: container.config.delivery.timeoutMs }),
      endpoint: { url, href: `${home}/endpoints/${id}` },
      signatureHref: wasRefused(attempt) ? `${home}/endpoints/${id}/signature?attempt=${attempt.id}` : null,
      verifyingHref:
        attempt.succeeded && attempt.trigger === 'test' ? `${home}/endpoints/${id}/verifying` : null,
      delivery: delivery === undefined ? null : deliveryView(delivery),
      request:
        request === null
          ? null
          : {
              headers: shownHeaders(request.headers, message?.headers ?? null, payloads),
              payload: shownBody(request.body, payloads),
            },
      response: {
        ...responseView(attempt),
        payload: shownAnswer(attempt.responseBody ?? '', payloads),
      },
      timeline: timelineOf(siblings, attempt.id, (sibling) => `${home}/attempts/${sibling}`),
    };
    await renderPortal(context, { view: 'attempt', title: `Attempt ${attempt.eventType}`, model });
  });

  return pages.router;
}
