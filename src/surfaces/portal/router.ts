import { type Request, Router } from 'express';
import type { Container } from '#src/container.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoints.ts';
import { formParser, noFields, takesFields } from '#src/surfaces/html/form-fields.ts';
import { Forbidden, Unauthenticated } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { portalErrorHandler, portalNotFound } from './errors.ts';
import { renderPortal } from './home.ts';
import { homeOf, keepSession, latestOf, sessionOf } from './session.ts';

/** The pages of subscribers. Mounted at `/portal`, behind the same-origin guard. */
export function portalRouter(
  container: Pick<Container, 'apps' | 'attempts' | 'endpoints' | 'endpointSecrets' | 'portalLinks'>,
): Router {
  const { endpoints, endpointSecrets, portalLinks } = container;
  const router = Router();
  // All forms here are buttons.
  router.use(formParser('20kb'), takesFields(noFields));

  /** The subscription of the session, which scopes every look-up below. Throws Unauthenticated without one. */
  const subscriptionOf = async (req: Request<{ subscription: string }>): Promise<Subscription> => {
    const { subscription: id } = req.params;
    const session = sessionOf(req, id);
    const subscription = session === undefined ? null : await portalLinks.admit(session);
    if (subscription?.id === id) return subscription;
    throw visitHasEnded();
  };

  router.get('/', (req, res) => {
    const latest = latestOf(req);
    if (latest === undefined || !isUuid(latest)) throw visitHasEnded();
    res.redirect(303, homeOf(latest));
  });

  router.get('/:subscription', async (req, res, next) => {
    if (!isUuid(req.params.subscription)) next();
    else await renderPortal({ container, res, subscription: await subscriptionOf(req) });
  });

  // A POST, so that no link, prefetch or history entry reveals the secret. The response is never cached.
  router.post('/:subscription/endpoints/:endpoint/secret', async (req, res) => {
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
      throw new Forbidden('This link is no longer good. Ask whoever gave it to you for a new one.');
    }
    keepSession(res, opened);
    // Redirects, so that the secret token leaves the address bar.
    res.redirect(303, homeOf(opened.subscriptionId));
  });

  router.use(portalNotFound, portalErrorHandler);
  return router;
}

const visitHasEnded = () =>
  new Unauthenticated('Your visit has ended. Open the link that you were given again, or ask for a new one.');
