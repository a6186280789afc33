import type { Request, Router } from 'express';
import type { Container } from '#src/container.ts';
import { changesOf, endpointForm, formOf } from '#src/surfaces/html/endpoint-form.ts';
import { submit } from '#src/surfaces/html/form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { appHead } from './apps.ts';
import { subscriptionHead } from './subscription-of-app.ts';

/** Changes an endpoint's URL, version, description and events. */
export function endpointEdit(container: Pick<Container, 'apps' | 'endpoints' | 'webhookEvents'>): Router {
  const pages = new PageRoutes();
  const { apps, endpoints, webhookEvents } = container;

  const read = async (req: Request<{ app: string; endpoint: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const endpoint = await endpoints.getOfApp(app, req.params.endpoint);
    const href = `/apps/${app.id}/endpoints/${endpoint.id}`;
    const model = {
      app: appHead(app),
      subscription: subscriptionHead(endpoint.subscription),
      endpoint: { url: endpoint.url, href },
      eventTypes: (await webhookEvents.all(app)).map(({ eventType }) => eventType),
    };
    return { endpoint, href, page: { view: 'endpoints/edit', title: 'Edit endpoint', model } };
  };

  pages.get('edit', '/apps/:app/endpoints/:endpoint/edit', async (req, res) => {
    const { endpoint, page } = await read(req);
    await renderPage(res, { ...page, model: { ...page.model, form: formOf(endpoint) } });
  });

  pages.post({ right: 'edit', form: endpointForm }, '/apps/:app/endpoints/:endpoint', async (req, res) => {
    const { endpoint, href, page } = await read(req);
    const result = await submit(endpointForm, req.body, (input) =>
      endpoints.update(endpoint, changesOf(input)),
    );
    if ('saved' in result) redirectWith(res, href, 'endpoint_saved');
    else {
      const { form, status } = result;
      await renderPage(res, { ...page, status, model: { ...page.model, form } });
    }
  });

  return pages.router;
}
