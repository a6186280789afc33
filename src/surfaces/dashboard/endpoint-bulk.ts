import type { Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import {
  actOnEndpoints,
  BULK_ACTIONS,
  MAX_AT_ONCE,
  replaysMissed,
} from '#src/domain/replays/bulk-actions.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { PageRoutes, requireRight } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { renderBulkResult } from './bulk-result.ts';

/** A selection of endpoints: the button is the action, each ticked box one of `endpoints`. */
const endpointSelection = z.strictObject({
  action: z.enum(BULK_ACTIONS),
  endpoints: z
    .union([z.string().transform((id) => [id]), z.array(z.string())])
    .refine((ids) => ids.length <= MAX_AT_ONCE)
    .default([]),
});

/** Turns on, off, pauses or replays the endpoints that are ticked in a list. */
export function endpointBulk(container: Pick<Container, 'apps' | 'clock' | 'endpoints' | 'replays'>): Router {
  const pages = new PageRoutes();

  pages.post({ right: 'edit', form: endpointSelection }, '/apps/:app/endpoints/bulk', async (req, res) => {
    const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
    const form = endpointSelection.safeParse(req.body ?? {}).data;
    if (form === undefined) {
      throw new BadRequest(`Tick at most ${String(MAX_AT_ONCE)} endpoints and press a button of the list.`);
    }
    const { action, endpoints: ids } = form;
    if (ids.length === 0) throw new BadRequest('Tick at least one endpoint. Nothing was changed.');
    if (replaysMissed(action)) requireRight(currentVisit(req), 'replay');
    const targets = ids.map((endpointId) => ({ endpointId }));
    const results = await actOnEndpoints(container, app, { action, targets });
    const back = { href: `/apps/${app.id}/endpoints`, label: 'Endpoints' };
    await renderBulkResult(res, { app, action, results, back });
  });

  return pages.router;
}
