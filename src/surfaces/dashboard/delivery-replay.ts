import { type Request, type Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const replayForm = z.strictObject({
  endpoint_id: z.guid(),
  force: z.enum(['true', 'false']).default('false'),
});

/** Sends one delivery of a message again. */
export function deliveryReplay(
  container: Pick<Container, 'apps' | 'endpoints' | 'messages' | 'replays'>,
): Router {
  const pages = new PageRoutes();
  const { apps, endpoints, messages, replays } = container;

  pages.post(
    { right: 'replay', form: replayForm },
    '/apps/:app/messages/:message/replay',
    async (req: Request<{ app: string; message: string }>, res) => {
      const app = await apps.get(currentVisit(req).accountId, req.params.app);
      const { accountId, appId, id: messageId } = await messages.get(app, req.params.message);
      const form = replayForm.safeParse(req.body).data;
      if (form === undefined)
        throw new BadRequest('Choose the delivery to replay on the page of its message.');
      const endpoint = await endpoints.getOfApp(app, form.endpoint_id);
      const key = { accountId, appId, messageId, endpointId: endpoint.id };
      await replays.replayOne(endpoint, key, { isForced: form.force === 'true' });
      redirectWith(res, `/apps/${app.id}/messages/${messageId}`, 'delivery_replayed');
    },
  );

  return pages.router;
}
