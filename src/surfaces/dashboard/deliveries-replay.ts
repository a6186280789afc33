import type { Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { type ChosenResult, MAX_CHOSEN, replayChosen } from '#src/domain/replays/replay-chosen.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { isPlace } from '#src/infra/lib/place.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';
import { appHead } from './apps.ts';

const { plural, shortId } = viewHelpers;

/** Where a delivery is in the list: its message and its endpoint. */
const place = z.string().refine((value) => isPlace(value) && value.includes('.'));

/** A selection of deliveries: each ticked box is one of `deliveries`. */
const tickedDeliveries = z.strictObject({
  deliveries: z
    .union([place.transform((one) => [one]), z.array(place)])
    .refine((places) => places.length <= MAX_CHOSEN)
    .default([]),
});

/** Replays the deliveries that are ticked in a list. */
export function deliveriesReplay(container: Pick<Container, 'apps' | 'endpoints' | 'replays'>): Router {
  const pages = new PageRoutes();

  pages.post(
    { right: 'replay', form: tickedDeliveries },
    '/apps/:app/deliveries/replay',
    async (req, res) => {
      const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
      const ticked = tickedDeliveries.safeParse(req.body ?? {}).data?.deliveries;
      if (ticked === undefined)
        throw new BadRequest(`Tick at most ${String(MAX_CHOSEN)} deliveries of the list.`);
      if (ticked.length === 0) throw new BadRequest('Tick at least one delivery. Nothing was replayed.');
      const chosen = [...new Set(ticked)].map((one) => {
        const [messageId = '', endpointId = ''] = one.split('.');
        return { messageId, endpointId };
      });
      const results = await replayChosen(container, app, chosen);
      await renderPage(res, {
        view: 'endpoints/bulk',
        title: 'Replay',
        model: resultModel(app, results),
      });
    },
  );

  return pages.router;
}

function resultModel(app: App, results: ChosenResult[]) {
  const refused = results.filter(({ problem }) => problem !== null);
  const done = results.filter(({ problem }) => problem === null);
  const { length } = done;
  return {
    app: appHead(app),
    back: { href: `/apps/${app.id}/deliveries`, label: 'Deliveries' },
    heading: 'Replay',
    summary: length === 0 ? null : `${plural(length, 'delivery is', 'deliveries are')} on the way again.`,
    refused: refused.map((one) => row(app, one)),
    done: done.map((one) => row(app, one)),
    doneMore: 0,
    most: null,
  };
}

const row = (app: App, { endpoint, endpointId, messageId, problem }: ChosenResult) => ({
  endpoint: {
    subscriber: endpoint?.subscriber,
    url: endpoint?.url ?? endpointId,
    href: endpoint === null ? undefined : `/apps/${app.id}/endpoints/${endpoint.id}`,
  },
  text: `Message ${shortId(messageId)}: ${problem ?? 'on the way again.'}`,
});
