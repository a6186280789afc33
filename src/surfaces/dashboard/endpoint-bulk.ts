import type { Router } from 'express';
import { z } from 'zod';
import { turnedOffOf } from '#src/domain/app-lists/turned-off.ts';
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

/**
 * A selection of endpoints: the button is the action, each ticked box one of `endpoints`; or all of a subscriber
 * (`subscription`) that we turned off.
 */
const endpointSelection = z.strictObject({
  action: z.enum(BULK_ACTIONS),
  endpoints: z
    .union([z.string().transform((id) => [id]), z.array(z.string())])
    .refine((ids) => ids.length <= MAX_AT_ONCE)
    .default([]),
  subscription: z.guid().optional(),
});

const NONE_TICKED = 'Tick at least one endpoint. Nothing was changed.';
const NONE_OFF =
  'None of this subscriber’s endpoints that we turned off is off any more. Nothing was changed.';

/** Turns on, off, pauses or replays the endpoints that are ticked in a list. */
export function endpointBulk(
  container: Pick<Container, 'apps' | 'clock' | 'endpoints' | 'pool' | 'replays'>,
): Router {
  const pages = new PageRoutes();

  pages.post({ right: 'edit', form: endpointSelection }, '/apps/:app/endpoints/bulk', async (req, res) => {
    const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
    const form = endpointSelection.safeParse(req.body ?? {}).data;
    if (form === undefined) {
      throw new BadRequest(`Tick at most ${String(MAX_AT_ONCE)} endpoints and press a button of the list.`);
    }
    const { action, subscription } = form;
    const asked =
      subscription === undefined ? null : { subscriptionId: subscription, limit: MAX_AT_ONCE + 1 };
    const ids = asked === null ? form.endpoints : await turnedOffOf(container.pool, app, asked);
    if (ids.length === 0) throw new BadRequest(asked === null ? NONE_TICKED : NONE_OFF);
    if (replaysMissed(action)) requireRight(currentVisit(req), 'replay');
    const targets = ids.map((endpointId) => ({ endpointId }));
    const results = await actOnEndpoints(container, app, { action, targets });
    const back =
      subscription === undefined
        ? { href: `/apps/${app.id}/endpoints`, label: 'Endpoints' }
        : { href: `/apps/${app.id}/subscriptions/${subscription}`, label: 'Subscriber' };
    await renderBulkResult(res, { app, action, results, back, isCut: ids.length > MAX_AT_ONCE });
  });

  return pages.router;
}
