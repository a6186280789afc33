import { type Response, type Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { WebhookEvent } from '#src/domain/apps/webhook-event.ts';
import { description, eventType, samplePayloadText } from '#src/domain/apps/webhook-event-schema.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { appHead } from './apps.ts';
import {
  asSentences,
  asTyped,
  blankForm,
  type Form,
  line,
  optionalLine,
  submit,
} from '#src/surfaces/html/form.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const SAMPLE = JSON.stringify({ id: 'ord_1001', total: 49.9, currency: 'EUR' }, null, 2);

/** The rules of the API, with errors as whole sentences. */
const changes = z.strictObject({
  description: optionalLine(2000).pipe(asSentences('The description', description)),
  sample_payload: asTyped().default('{}').pipe(asSentences('The sample payload', samplePayloadText)),
  schema: asTyped()
    .default('')
    .refine((text) => text === '' || isObject(text), 'The schema must be a JSON object, or empty.'),
  enforce: z.string().optional(),
  unicast: z.string().optional(),
});
const newEvent = changes.extend({
  event_type: line('Name the event, like order.created.', 255).pipe(asSentences('The event type', eventType)),
});

export function webhookEventPages(container: Pick<Container, 'apps' | 'webhookEvents'>): Router {
  const pages = new PageRoutes();
  const { apps, webhookEvents } = container;

  pages.get('edit', '/apps/:app/webhook_events/new', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await renderForm(res, { app, form: blankForm({ sample_payload: SAMPLE }) });
  });

  pages.post({ right: 'edit', form: newEvent }, '/apps/:app/webhook_events', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(newEvent, req.body, (input) =>
      atFields(webhookEvents.create(app, { ...toChanges(input), eventType: input.event_type })),
    );
    if ('form' in result) await renderForm(res, { app, ...result });
    else redirectWith(res, `/apps/${app.id}`, 'event_created');
  });

  pages.get('edit', '/apps/:app/webhook_events/:event/edit', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const event = await webhookEvents.get(app, req.params.event);
    await renderForm(res, { app, event, form: blankForm(valuesOf(event)) });
  });

  pages.post({ right: 'edit', form: changes }, '/apps/:app/webhook_events/:event', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const event = await webhookEvents.get(app, req.params.event);
    const result = await submit(changes, req.body, (input) =>
      atFields(webhookEvents.update(event, toChanges(input))),
    );
    if ('form' in result) await renderForm(res, { app, event, ...result });
    else redirectWith(res, `/apps/${app.id}`, 'event_saved');
  });

  return pages.router;
}

interface Shown {
  app: App;
  /** The event to change; undefined on the form of a new event. */
  event?: WebhookEvent;
  form: Form;
  status?: number;
}

function renderForm(res: Response, { app, event, form, status = 200 }: Shown) {
  const title = event === undefined ? 'New webhook event' : event.eventType;
  const named = event === undefined ? null : { id: event.id, eventType: event.eventType };
  const model = { app: appHead(app), event: named, form };
  return renderPage(res, { view: 'webhook-events/form', title, model, status });
}

function valuesOf(event: WebhookEvent) {
  const { description: text, samplePayloadText: sample, schema, enforce, broadcast } = event;
  return {
    description: text,
    sample_payload: sample,
    schema: schema === null ? '' : JSON.stringify(schema, null, 2),
    ...(enforce ? { enforce: 'on' } : {}),
    ...(broadcast ? {} : { unicast: 'on' }),
  };
}

function toChanges(input: z.output<typeof changes>) {
  return {
    description: input.description,
    samplePayloadText: input.sample_payload,
    schema: input.schema === '' ? null : (JSON.parse(input.schema) as JsonValue),
    enforce: input.enforce !== undefined,
    broadcast: input.unicast === undefined,
  };
}

/** Moves an error inside of a schema or a sample to the form's field. */
async function atFields<T>(saving: Promise<T>): Promise<T> {
  try {
    return await saving;
  } catch (error) {
    if (!(error instanceof InvalidInput) || error.details === undefined) throw error;
    const [problem] = error.details;
    const [field = ''] = problem?.path.split('.') ?? [];
    const message = `In ${problem?.path ?? ''}: ${problem?.message ?? ''}.`;
    throw new InvalidInput(message, { details: [{ path: field, message }] });
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
