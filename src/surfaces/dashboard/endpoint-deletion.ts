import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { deletionForm, deletionOf } from '#src/surfaces/html/endpoint-form.ts';
import { submit } from '#src/surfaces/html/form.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { renderEndpoint } from './endpoint-page.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

type Parts = Pick<Container, 'apps' | 'endpoints'> & Parameters<typeof renderEndpoint>[0]['container'];

/** Deletes an endpoint once its host is typed. */
export function endpointDeletion(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, endpoints } = container;

  pages.post(
    { right: 'delete', form: deletionForm },
    '/apps/:app/endpoints/:endpoint/delete',
    async (req, res) => {
      const app = await apps.get(currentVisit(req).accountId, req.params.app);
      const endpoint = await endpoints.getOfApp(app, req.params.endpoint);
      const result = await submit(deletionOf(endpoint), req.body, () => endpoints.delete(endpoint));
      if ('form' in result) await renderEndpoint({ container, req, res, app, endpoint, undeleted: result });
      else redirectWith(res, `/apps/${app.id}/subscriptions/${endpoint.subscriptionId}`, 'endpoint_deleted');
    },
  );

  return pages.router;
}
