import type { Router } from 'express';
import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Container } from '#src/container.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { testForm } from '#src/surfaces/html/endpoint-form.ts';
import { PortalRoutes } from './portal-routes.ts';
import { homeOf } from './session.ts';

type Parts = Pick<Container, 'apps' | 'endpoints' | 'portalLinks' | 'sampleSender' | 'webhookEvents'>;

/** Tests of an endpoint with the sample of an event. */
export function testPages(container: Parts): Router {
  const pages = new PortalRoutes(container);

  pages.post(
    { capability: 'replay', form: testForm },
    '/:subscription/endpoints/:endpoint/test',
    async ({ visit: { subscription }, req, res }) => {
      const endpoint = await container.endpoints.getOfSubscription(subscription, req.params.endpoint);
      const { id } = await sendTest(container, endpoint, req.body);
      res.redirect(303, `${homeOf(subscription.id)}/attempts/${id}`);
    },
  );

  return pages.router;
}

/** Sends the sample of the event that the form names, and resolves to its attempt. Throws InvalidInput without it. */
export async function sendTest(
  { sampleSender, webhookEvents }: Pick<Parts, 'sampleSender' | 'webhookEvents'>,
  { accountId, appId, id: endpointId, version }: Endpoint,
  body: unknown,
): Promise<Attempt> {
  const { event_type: eventType } = testForm.parse(body ?? {});
  const event = await webhookEvents.getByType({ accountId, id: appId }, eventType);
  const dataText = sampleOf(event, version);
  return sampleSender.send({ accountId, appId, endpointId, eventType, dataText });
}
