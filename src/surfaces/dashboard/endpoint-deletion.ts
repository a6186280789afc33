import type { Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { hostOf } from '#src/domain/endpoints/endpoint-problem.ts';
import { submit } from '#src/surfaces/html/form.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { renderEndpoint } from './endpoint-page.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const deletion = z.strictObject({ confirmation: z.string() });

const deletionOf = (endpoint: Endpoint) =>
  deletion.refine(({ confirmation }) => confirmation.trim() === hostOf(endpoint), {
    path: ['confirmation'],
    error: 'This is not the host of the endpoint’s URL.',
  });

type Parts = Pick<Container, 'apps' | 'endpoints'> & Parameters<typeof renderEndpoint>[0]['container'];

/** Deletes an endpoint once its host is typed. */
export function endpointDeletion(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, endpoints } = container;

  pages.post(
    { right: 'delete', form: deletion },
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
