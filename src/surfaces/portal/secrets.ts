import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { renderHome } from './home.ts';
import { PortalRoutes } from './portal-routes.ts';

/** Signing secrets, to whose link allows it. */
export function secretPages(
  container: Pick<Container, 'apps' | 'attempts' | 'endpoints' | 'endpointSecrets' | 'portalLinks'>,
): Router {
  const pages = new PortalRoutes(container);
  const { endpoints, endpointSecrets } = container;

  // A POST, so that no link, prefetch or history entry reveals the secret. The response is never cached.
  pages.post(
    { capability: 'secrets', form: noFields },
    '/:subscription/endpoints/:endpoint/secret',
    async ({ visit, req, res }) => {
      const endpoint = await endpoints.getOfSubscription(visit.subscription, req.params.endpoint);
      const { secret } = await endpointSecrets.reveal(endpoint);
      const standard = standardWebhooksSecret(secret);
      if (req.accepts(['html', 'json']) === 'json') {
        res.set('cache-control', 'no-store').json({ secret, standard_webhooks_secret: standard });
      } else {
        await renderHome({ container, res, visit, revealed: { endpointId: endpoint.id, secret, standard } });
      }
    },
  );

  return pages.router;
}
