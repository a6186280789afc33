import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';

const HOUR_MS = 3_600_000;

/** Of the messages before: how far back, in hours; blank: all that are kept. */
const missingForm = z.strictObject({ hours: z.enum(['24', '168', '720', '']) });

/** Replays of an endpoint: of what it missed, and of what it was never routed. */
export function endpointReplays(
  container: Pick<Container, 'apps' | 'clock' | 'endpoints' | 'replays'>,
): Router {
  const pages = new PageRoutes();
  const { apps, clock, endpoints, replays } = container;

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
      const since = hours === '' ? undefined : new Date(clock.now() - Number(hours) * HOUR_MS);
      const { status } = await replays.start(endpoint, { states: [], ofMissing: true, since });
      const notice = status === 'done' ? 'nothing_missing' : 'replay_started';
      redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, notice);
    },
  );

  return pages.router;
}
