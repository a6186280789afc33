import { type Request, type Router } from 'express';
import { z } from 'zod';
import { testForm } from '#src/surfaces/html/endpoint-form.ts';
import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import type { Container } from '#src/container.ts';
import { MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { graceIn, secretRotation } from '#src/surfaces/html/secret-rotation.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const PAUSES = [
  ['pause', true, 'endpoint_paused'],
  ['resume', false, 'endpoint_resumed'],
] as const;

const HOUR_MS = 3_600_000;

/** Of the messages before: how far back, in hours; blank: all that are kept. */
const missingForm = z.strictObject({ hours: z.enum(['24', '168', '720', '']) });

/** Actions on an endpoint other than edits: replay, pause, secret rotation, test message. */
export function endpointActions(
  container: Pick<
    Container,
    'apps' | 'clock' | 'endpoints' | 'endpointSecrets' | 'replays' | 'sampleSender' | 'webhookEvents'
  >,
): Router {
  const pages = new PageRoutes();
  const { apps, endpoints, endpointSecrets, replays, sampleSender, webhookEvents } = container;

  const find = async (req: Request<{ app: string; endpoint: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    return { app, endpoint: await endpoints.getOfApp(app, req.params.endpoint) };
  };

  pages.post(
    { right: 'replay', form: noFields },
    '/apps/:app/endpoints/:endpoint/replay',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      await replays.start(endpoint, { states: MISSED_STATES });
      redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, 'replay_started');
    },
  );

  pages.post(
    { right: 'replay', form: missingForm },
    '/apps/:app/endpoints/:endpoint/replay_missing',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      const { hours } = parseInput(missingForm, req.body ?? {});
      const since = hours === '' ? undefined : new Date(container.clock.now() - Number(hours) * HOUR_MS);
      const { status } = await replays.start(endpoint, { states: [], ofMissing: true, since });
      const notice = status === 'done' ? 'nothing_missing' : 'replay_started';
      redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, notice);
    },
  );

  for (const [action, isPaused, notice] of PAUSES) {
    pages.post(
      { right: 'edit', form: noFields },
      `/apps/:app/endpoints/:endpoint/${action}`,
      async (req: Request<{ app: string; endpoint: string }>, res) => {
        const { app, endpoint } = await find(req);
        await endpoints.update(endpoint, { isPaused });
        redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, notice);
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
