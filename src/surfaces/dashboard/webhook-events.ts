import { type Response, type Router } from 'express';
import { z } from 'zod';
import { appNumbers } from '#src/domain/app-lists/app-numbers.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { WebhookEvent } from '#src/domain/apps/webhook-event.ts';
import {
  description,
  eventType,
  problemOfJson,
  samplePayloadText,
} from '#src/domain/apps/webhook-event-schema.ts';
import { countChoosers } from '#src/domain/endpoints/count-choosers.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { appHead } from './apps.ts';
import {
  asSentences,
  asTyped,
  blankForm,
  conflictAt,
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
    .superRefine((text, context) => {
      const problem = text === '' ? undefined : problemOfSchema(text);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: `The schema ${problem}.` });
    }),
  enforce: z.string().optional(),
  unicast: z.string().optional(),
});
const typed = line('Name the event, like order.created.', 255).pipe(asSentences('The event type', eventType));
const newEvent = changes.extend({ event_type: typed });
const editedEvent = changes.extend({ event_type: typed.optional() });

const deletion = z.strictObject({ confirmation: z.string() });

const deletionOf = ({ eventType: type }: WebhookEvent) =>
  deletion.refine(({ confirmation }) => confirmation.trim() === type, {
    path: ['confirmation'],
    error: 'This is not the event’s type.',
  });

type Parts = Pick<Container, 'apps' | 'pool' | 'webhookEvents'>;

export function webhookEventPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, pool, webhookEvents } = container;

  pages.get('edit', '/apps/:app/webhook_events/new', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await renderNew(res, { app, form: blankForm({ sample_payload: SAMPLE }) });
  });

  pages.post({ right: 'edit', form: newEvent }, '/apps/:app/webhook_events', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(newEvent, req.body, (input) =>
      atFields(webhookEvents.create(app, { ...toChanges(input), eventType: input.event_type })),
    );
    if ('form' in result) await renderNew(res, { app, ...result });
    else redirectWith(res, await afterCreation(pool, app), 'event_created');
  });

  pages.get('edit', '/apps/:app/webhook_events/:event/edit', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const event = await webhookEvents.get(app, req.params.event);
    await renderEvent(pool, res, { app, event });
  });

  pages.post({ right: 'edit', form: editedEvent }, '/apps/:app/webhook_events/:event', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const event = await webhookEvents.get(app, req.params.event);
    const result = await submit(editedEvent, req.body, (input) =>
      atFields(webhookEvents.update(event, { ...toChanges(input), eventType: input.event_type })),
    );
    if ('form' in result) await renderEvent(pool, res, { app, event, ...result });
    else redirectWith(res, `/apps/${app.id}/webhook_events`, 'event_saved');
  });

  pages.post(
    { right: 'delete', form: deletion },
    '/apps/:app/webhook_events/:event/delete',
    async (req, res) => {
      const app = await apps.get(currentVisit(req).accountId, req.params.app);
      const event = await webhookEvents.get(app, req.params.event);
      const result = await submit(deletionOf(event), req.body, () => webhookEvents.delete(event));
      if ('form' in result)
        await renderEvent(pool, res, { app, event, deletion: result.form, status: result.status });
      else redirectWith(res, `/apps/${app.id}/webhook_events`, 'event_deleted');
    },
  );

  return pages.router;
}

/** Where a reader sees the event; of an app that has no subscriber yet, where the next step is. */
async function afterCreation(pool: Container['pool'], app: App): Promise<string> {
  const { subscribers } = await appNumbers(pool, app);
  return `/apps/${app.id}${subscribers === 0 ? '' : '/webhook_events'}`;
}

interface Shown {
  app: App;
  event: WebhookEvent;
  /** The form as it was refused. */
  form?: Form;
  deletion?: Form;
  status?: number;
}

function renderNew(res: Response, { app, form, status = 200 }: { app: App; form: Form; status?: number }) {
  const model = { app: appHead(app), event: null, form };
  return renderPage(res, { view: 'webhook-events/form', title: 'New webhook event', model, status });
}

async function renderEvent(pool: Container['pool'], res: Response, shown: Shown): Promise<void> {
  const {
    app,
    event,
    form = blankForm(valuesOf(event)),
    deletion: typedName = blankForm(),
    status = 200,
  } = shown;
  const { id, eventType: type, createdAt } = event;
  const model = {
    app: appHead(app),
    event: { id, eventType: type, createdAt },
    form,
    deletion: typedName,
    choosers: await countChoosers(pool, event),
  };
  await renderPage(res, { view: 'webhook-events/form', title: type, model, status });
}

function valuesOf(event: WebhookEvent) {
  const { description: text, samplePayloadText: sample, schema, enforce, broadcast } = event;
  return {
    event_type: event.eventType,
    description: text,
    sample_payload: sample,
    schema: schema === null ? '' : JSON.stringify(schema, null, 2),
    ...(enforce ? { enforce: 'on' } : {}),
    ...(broadcast ? {} : { unicast: 'on' }),
  };
}

function toChanges(input: Omit<z.output<typeof newEvent>, 'event_type'>) {
  return {
    description: input.description,
    samplePayloadText: input.sample_payload,
    schema: input.schema === '' ? null : (JSON.parse(input.schema) as JsonValue),
    enforce: input.enforce !== undefined,
    broadcast: input.unicast === undefined,
  };
}

/** Moves an error inside of a schema or a sample, or a type that is in use, to the form's field. */
async function atFields<T>(saving: Promise<T>): Promise<T> {
  try {
    return await conflictAt('event_type', saving);
  } catch (error) {
    if (!(error instanceof InvalidInput) || error.details === undefined) throw error;
    const [problem] = error.details;
    const [field = ''] = problem?.path.split('.') ?? [];
    const message = `In ${problem?.path ?? ''}: ${problem?.message ?? ''}.`;
    throw new InvalidInput(message, { details: [{ path: field, message }] });
  }
}

function problemOfSchema(text: string): string | undefined {
  const mustBeObject = 'must be a JSON object, or empty';
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? problemOfJson(value) : mustBeObject;
  } catch {
    return mustBeObject;
  }
}
