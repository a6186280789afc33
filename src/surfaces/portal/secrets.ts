import type { Router } from 'express';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { graceIn, secretRotation } from '#src/surfaces/html/secret-rotation.ts';
import { type EndpointParts, renderEndpoint } from './endpoint-page.ts';
import { redirectWith } from './notices.ts';
import { contextOf } from './portal-page.ts';
import { PortalRoutes } from './portal-routes.ts';
import { homeOf } from './session.ts';

const SECRET = '/:subscription/endpoints/:endpoint/secret';

/** Signing secrets, to whose link allows it. */
export function secretPages(container: EndpointParts): Router {
  const pages = new PortalRoutes(container);
  const { endpoints, endpointSecrets } = container;

  // A POST, so that no link, prefetch or history entry reveals the secret. The response is never cached.
  pages.post({ capability: 'secrets', form: noFields }, SECRET, async (asked) => {
    const { visit, req, res } = asked;
    const endpoint = await endpoints.getOfSubscription(visit.subscription, req.params.endpoint);
    const { secret } = await endpointSecrets.reveal(endpoint);
    if (req.accepts(['html', 'json']) === 'json') {
      const standard = standardWebhooksSecret(secret);
      res.set('cache-control', 'no-store').json({ secret, standard_webhooks_secret: standard });
    } else {
      await renderEndpoint(container, contextOf(asked), { endpoint, secret });
    }
  });

  pages.post(
    { capability: 'secrets', form: secretRotation },
    `${SECRET}/rotate`,
    async ({ visit: { subscription }, req, res }) => {
      const endpoint = await endpoints.getOfSubscription(subscription, req.params.endpoint);
      await endpointSecrets.rotate(endpoint, { graceSeconds: graceIn(req.body) });
      const to = `${homeOf(subscription.id)}/endpoints/${endpoint.id}`;
      redirectWith(res, { subscriptionId: subscription.id, to, notice: 'secret_rotated' });
    },
  );

  return pages.router;
}
