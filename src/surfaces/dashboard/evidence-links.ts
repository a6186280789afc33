import type { Request, Router } from 'express';
import { z } from 'zod';
import { readStory } from '#src/surfaces/html/delivery-story.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { renderStory, storyHref, type StoryParts } from './delivery-page.ts';
import { evidenceFields } from './evidence-form.ts';

const PATH = '/apps/:app/messages/:message/deliveries/:endpoint/evidence';

const revocation = z.strictObject({ link: z.guid() });

type Asked = Request<{ app: string; message: string; endpoint: string }>;

/** Links that show a delivery to people without an account: made and taken back on the page of its story. */
export function evidenceLinkPages(container: StoryParts): Router {
  const pages = new PageRoutes();
  const { apps, evidenceLinks, messages } = container;

  const find = async (req: Asked) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const message = await messages.get(app, req.params.message);
    const page = { limit: 1, offset: 0 };
    // Throws NotFound for what never had to do with the message.
    const { endpointId } = await readStory(container, app, {
      message,
      endpointId: req.params.endpoint,
      page,
    });
    return { app, message, endpointId };
  };

  pages.post({ right: 'edit', form: evidenceFields }, PATH, async (req: Asked, res) => {
    const { app, message, endpointId } = await find(req);
    const form = evidenceFields.safeParse(req.body ?? {}).data;
    if (form === undefined) throw new BadRequest('Choose for how long the link is good.');
    const made = await evidenceLinks.make(message, {
      endpointId,
      expiresInSeconds: Number(form.expires_in),
      showsPayload: form.payload === 'on',
    });
    // Not a redirect, because a link stands in no address and no cookie.
    await renderStory({ container, req, res, app, message, endpointId, made });
  });

  pages.post({ right: 'edit', form: revocation }, `${PATH}/revoke`, async (req: Asked, res) => {
    const { app, message, endpointId } = await find(req);
    const form = revocation.safeParse(req.body ?? {}).data;
    if (form === undefined) throw new BadRequest('Choose the link to take back on the page of the delivery.');
    await evidenceLinks.revoke(message, form.link);
    redirectWith(res, storyHref({ appId: app.id, messageId: message.id, endpointId }), 'evidence_revoked');
  });

  return pages.router;
}
