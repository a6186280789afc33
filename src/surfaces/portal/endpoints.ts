import type { Router } from 'express';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import {
  changesOf,
  deletionForm,
  deletionOf,
  endpointForm,
  formOf,
  newEndpointForm,
  statusForm,
} from '#src/surfaces/html/endpoint-form.ts';
import { type Form, submit } from '#src/surfaces/html/form.ts';
import { type EndpointParts, renderEndpoint } from './endpoint-page.ts';
import { redirectWith } from './notices.ts';
import { contextOf, type PortalContext, renderPortal } from './portal-page.ts';
import { type Asked, PortalRoutes } from './portal-routes.ts';

const ONE = '/:subscription/endpoints/:endpoint';

/** Endpoints, to whose link allows it: add, change, turn on and off, delete. */
export function endpointPages(container: EndpointParts): Router {
  const pages = new PortalRoutes(container);
  const { endpoints } = container;
  const find = async (asked: Asked<{ subscription: string; endpoint: string }>) => ({
    context: contextOf(asked),
    endpoint: await endpoints.getOfSubscription(asked.visit.subscription, asked.req.params.endpoint),
  });

  addCreation(pages, container);
  pages.get('view', ONE, async (asked) => {
    const { context, endpoint } = await find(asked);
    await renderEndpoint(container, context, { endpoint });
  });

  pages.get('endpoints', `${ONE}/edit`, async (asked) => {
    const { context, endpoint } = await find(asked);
    await renderForm(container, context, { endpoint, form: formOf(endpoint) });
  });

  pages.post({ capability: 'endpoints', form: endpointForm }, ONE, async (asked) => {
    const { context, endpoint } = await find(asked);
    const result = await submit(endpointForm, asked.req.body, (input) =>
      endpoints.update(endpoint, changesOf(input)),
    );
    if ('form' in result) await renderForm(container, context, { endpoint, ...result });
    else if (result.saved.status === 'active') {
      redirectWith(context.res, shown(endpoint, context, 'endpoint_saved'));
    } else {
      // Who changes an endpoint that is off repairs it: the next step is there.
      const { subscriptionId, to } = shown(endpoint, context, 'endpoint_saved_off');
      redirectWith(context.res, { subscriptionId, to: `${to}/repair`, notice: 'endpoint_saved_off' });
    }
  });

  pages.post({ capability: 'endpoints', form: statusForm }, `${ONE}/status`, async (asked) => {
    const { context, endpoint } = await find(asked);
    const form = statusForm.safeParse(asked.req.body).data;
    if (form === undefined) throw new BadRequest('An endpoint is turned on or off.');
    await endpoints.update(endpoint, form);
    const notice = form.status === 'active' ? 'endpoint_on' : 'endpoint_off';
    redirectWith(context.res, shown(endpoint, context, notice));
  });

  pages.post({ capability: 'endpoints', form: deletionForm }, `${ONE}/delete`, async (asked) => {
    const { context, endpoint } = await find(asked);
    const result = await submit(deletionOf(endpoint), asked.req.body, () => endpoints.delete(endpoint));
    if ('form' in result) await renderEndpoint(container, context, { endpoint, undeleted: result });
    else redirectWith(context.res, { ...shown(endpoint, context, 'endpoint_deleted'), to: context.home });
  });

  return pages.router;
}

function addCreation(pages: PortalRoutes, container: EndpointParts): void {
  pages.get('endpoints', '/:subscription/endpoints/new', async (asked) => {
    await renderForm(container, contextOf(asked), { form: newEndpointForm() });
  });

  pages.post({ capability: 'endpoints', form: endpointForm }, '/:subscription/endpoints', async (asked) => {
    const context = contextOf(asked);
    const result = await submit(endpointForm, asked.req.body, (input) =>
      container.endpoints.create(asked.visit.subscription, changesOf(input)),
    );
    if ('form' in result) await renderForm(container, context, result);
    else redirectWith(context.res, shown(result.saved, context, 'endpoint_created'));
  });
}

const shown = <N>({ id }: { id: string }, { home, visit }: PortalContext, notice: N) => ({
  subscriptionId: visit.subscription.id,
  to: `${home}/endpoints/${id}`,
  notice,
});

interface EndpointForm {
  /** The endpoint to change; undefined on the form of a new one. */
  endpoint?: EndpointWithParents;
  form: Form;
  status?: number;
}

async function renderForm(
  { webhookEvents }: Pick<EndpointParts, 'webhookEvents'>,
  context: PortalContext,
  { endpoint, form, status }: EndpointForm,
): Promise<void> {
  const { app, home } = context;
  const events = await webhookEvents.all(app);
  const about = events.map(({ id, eventType, description }) => [
    eventType,
    { description, href: `${home}/events/${id}` },
  ]);
  const model = {
    endpoint: endpoint === undefined ? null : { url: endpoint.url, href: `${home}/endpoints/${endpoint.id}` },
    form,
    eventTypes: events.map(({ eventType }) => eventType),
    about: Object.fromEntries(about) as Record<string, unknown>,
  };
  const title = endpoint === undefined ? 'Add an endpoint' : 'Edit endpoint';
  await renderPortal(context, { view: 'endpoint-form', title, model, status });
}
