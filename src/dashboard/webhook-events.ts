import { type Response, Router } from 'express';
import { z } from 'zod';
import type { App } from '../apps/app.ts';
import { description, eventType, samplePayloadText } from '../apps/webhook-event-schema.ts';
import type { Container } from '../container.ts';
import { renderPage } from '../http/render.ts';
import { appHead } from './apps.ts';
import { asSentences, asTyped, blankForm, type Form, line, optionalLine, submit } from './form.ts';
import { redirectWith } from './notices.ts';
import { currentUser } from './session.ts';

const SAMPLE = JSON.stringify({ id: 'ord_1001', total: 49.9, currency: 'EUR' }, null, 2);

/** The API's rules, in a page's words. */
const newEvent = z.object({
  event_type: line('Name the event, like order.created.', 255).pipe(asSentences('The event type', eventType)),
  description: optionalLine(2000).pipe(asSentences('The description', description)),
  sample_payload: asTyped().default('{}').pipe(asSentences('The sample payload', samplePayloadText)),
});

export function webhookEventPages(container: Container): Router {
  const router = Router();
  const { apps, webhookEvents } = container;

  router.get('/apps/:app/webhook_events/new', async (req, res) => {
    const app = await apps.get(currentUser(req).accountId, req.params.app);
    await renderNew(res, app, { form: blankForm({ sample_payload: SAMPLE }) });
  });

  router.post('/apps/:app/webhook_events', async (req, res) => {
    const app = await apps.get(currentUser(req).accountId, req.params.app);
    const result = await submit(newEvent, req.body, (input) =>
      webhookEvents.create(app, {
        eventType: input.event_type,
        description: input.description,
        samplePayloadText: input.sample_payload,
      }),
    );
    if ('form' in result) await renderNew(res, app, result);
    else redirectWith(res, `/apps/${app.id}`, 'event_created');
  });

  return router;
}

function renderNew(res: Response, app: App, { form, status = 200 }: { form: Form; status?: number }) {
  const model = { app: appHead(app), form };
  return renderPage(res, { view: 'webhook-events/new', title: 'New webhook event', model, status });
}
