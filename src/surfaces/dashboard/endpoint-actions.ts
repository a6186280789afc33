import { type Request, type Router } from 'express';
import { testForm } from '#src/surfaces/html/endpoint-form.ts';
import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import type { Container } from '#src/container.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { graceIn, secretRotation } from '#src/surfaces/html/secret-rotation.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const PAUSES = [
  ['pause', true, 'endpoint_paused'],
  ['resume', false, 'endpoint_resumed'],
] as const;

/** Actions on an endpoint other than edits: pause, secret rotation, test message. */
export function endpointActions(
  container: Pick<Container, 'apps' | 'endpoints' | 'endpointSecrets' | 'sampleSender' | 'webhookEvents'>,
): Router {
  const pages = new PageRoutes();
  const { apps, endpoints, endpointSecrets, sampleSender, webhookEvents } = container;

  const find = async (req: Request<{ app: string; endpoint: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    return { app, endpoint: await endpoints.getOfApp(app, req.params.endpoint) };
  };

  for (const [action, isPaused, notice] of PAUSES) {
    pages.post(
      { right: 'edit', form: noFields },
      `/apps/:app/endpoints/:endpoint/${action}`,
      async (req: Request<{ app: string; endpoint: string }>, res) => {
        const { app, endpoint } = await find(req);
        await endpoints.update(endpoint, { isPaused });
        redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, notice, {});
      },
    );
  }

  pages.post(
    { right: 'secrets', form: secretRotation },
    '/apps/:app/endpoints/:endpoint/secret/rotate',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      await endpointSecrets.rotate(endpoint, { graceSeconds: graceIn(req.body) });
      redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, 'secret_rotated');
    },
  );

  pages.post({ right: 'replay', form: testForm }, '/apps/:app/endpoints/:endpoint/test', async (req, res) => {
    const { app, endpoint } = await find(req);
    const { event_type: eventType } = testForm.parse(req.body ?? {});
    const event = await webhookEvents.getByType(app, eventType);
    const { id } = await sampleSender.send({
      accountId: app.accountId,
      appId: app.id,
      endpointId: endpoint.id,
      eventType,
      dataText: sampleOf(event, endpoint.version),
    });
    res.redirect(303, `/apps/${app.id}/webhook_attempts/${id}`);
  });

  return pages.router;
}
