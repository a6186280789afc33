import { type Request, Router } from 'express';
import type { Container } from '#src/container.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoints.ts';
import { Forbidden, Unauthenticated } from '#src/infra/lib/errors.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { portalErrorHandler, portalNotFound } from './errors.ts';
import { renderPortal } from './home.ts';
import { forgetSession, keepSession, sessionOf } from './session.ts';

/** The pages of subscribers. Mounted at `/portal`, behind the same-origin guard. */
export function portalRouter(
  container: Pick<Container, 'apps' | 'attempts' | 'clock' | 'endpoints' | 'endpointSecrets' | 'portalLinks'>,
): Router {
  const { endpoints, endpointSecrets, portalLinks } = container;
  const router = Router();

  /** The subscription of the session, which scopes every look-up below. Throws Unauthenticated without one. */
  const subscriptionOf = async (req: Request): Promise<Subscription> => {
    const session = sessionOf(req);
    const subscription = session === undefined ? null : await portalLinks.admit(session);
    if (subscription !== null) return subscription;
    throw new Unauthenticated(
      'Your visit has ended. Open the link that you were given again, or ask for a new one.',
    );
  };

  router.get('/', async (req, res) => {
    await renderPortal({ container, res, subscription: await subscriptionOf(req) });
  });

  // A POST, so that no link, prefetch or history entry reveals the secret. The response is never cached.
  router.post('/endpoints/:endpoint/secret', async (req, res) => {
    const subscription = await subscriptionOf(req);
    const endpoint: EndpointWithParents = await endpoints.getOfSubscription(
      subscription,
      req.params.endpoint,
    );
    const { secret } = await endpointSecrets.reveal(endpoint);
    const standard = standardWebhooksSecret(secret);
    if (req.accepts(['html', 'json']) === 'json') {
      res.set('cache-control', 'no-store').json({ secret, standard_webhooks_secret: standard });
    } else {
      const revealed = { endpointId: endpoint.id, secret, standard };
      await renderPortal({ container, res, subscription, revealed });
    }
  });

  router.get('/:token', async (req, res) => {
    const opened = portalLinks.open(req.params.token);
    if (opened === null || (await portalLinks.admit(opened.session)) === null) {
      // The old session ends, because the link may be meant for another subscriber.
      forgetSession(res);
      throw new Forbidden('This link is no longer good. Ask whoever gave it to you for a new one.');
    }
    keepSession(res, opened);
    // Redirects, so that the secret token leaves the address bar.
    res.redirect(303, '/portal');
  });

  router.use(portalNotFound, portalErrorHandler);
  return router;
}
