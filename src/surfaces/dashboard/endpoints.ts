import { type Request, type Router } from 'express';
import type { Container } from '#src/container.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import { renderEndpoint } from './endpoint-page.ts';
import { enabledEvents, eventChoice, refuseUnclear } from '#src/surfaces/html/event-choice.ts';
import { submit } from '#src/surfaces/html/form.ts';
import { choiceOf, statusForm } from '#src/surfaces/html/endpoint-form.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

type Parts = Pick<
  Container,
  | 'apps'
  | 'attempts'
  | 'clock'
  | 'config'
  | 'deliveryCounts'
  | 'endpointSecrets'
  | 'endpoints'
  | 'hookHelpers'
  | 'models'
  | 'pool'
  | 'subscriptions'
  | 'webhookEvents'
>;

export function endpointPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, endpoints, endpointSecrets } = container;

  const find = async (req: Request<{ app: string; endpoint: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    return { app, endpoint: await endpoints.getOfApp(app, req.params.endpoint) };
  };

  pages.get('see', '/apps/:app/endpoints/:endpoint', async (req, res) => {
    await renderEndpoint({ container, req, res, ...(await find(req)) });
  });

  pages.post(
    { right: 'edit', form: statusForm },
    '/apps/:app/endpoints/:endpoint/status',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      const form = statusForm.safeParse(req.body).data;
      if (form === undefined) throw new BadRequest('An endpoint is active or inactive.');
      await endpoints.update(endpoint, form);
      const page = `/apps/${app.id}/endpoints/${endpoint.id}`;
      if (form.status === 'active') redirectWith(res, page, 'endpoint_on');
      else redirectWith(res, page, 'endpoint_off', { status: 'active' });
    },
  );

  pages.post(
    { right: 'edit', form: eventChoice },
    '/apps/:app/endpoints/:endpoint/events',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      const before = choiceOf(endpoint);
      const result = await submit(eventChoice.superRefine(refuseUnclear), req.body, (choice) =>
        endpoints.update(endpoint, { enabledEvents: enabledEvents(choice) }),
      );
      if ('form' in result) await renderEndpoint({ container, req, res, app, endpoint, refused: result });
      else redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, 'events_saved', before);
    },
  );

  // A POST, so that no link, prefetch or history entry reveals the secret. The response is never cached.
  pages.post(
    { right: 'secrets', form: noFields },
    '/apps/:app/endpoints/:endpoint/secret',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      const { secret } = await endpointSecrets.reveal(endpoint);
      if (req.accepts(['html', 'json']) === 'json') {
        res
          .set('cache-control', 'no-store')
          .json({ secret, standard_webhooks_secret: standardWebhooksSecret(secret) });
      } else {
        await renderEndpoint({ container, req, res, app, endpoint, secret });
      }
    },
  );

  return pages.router;
}
