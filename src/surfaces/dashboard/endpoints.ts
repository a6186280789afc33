import { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { appHead } from './apps.ts';
import { renderEndpoint } from './endpoint-page.ts';
import { enabledEvents, eventChoice, refuseUnclear } from '#src/surfaces/html/event-choice.ts';
import { type Form, submit } from '#src/surfaces/html/form.ts';
import { changesOf, endpointFields, newEndpointForm, statusForm } from '#src/surfaces/html/endpoint-form.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { subscriptionHead, subscriptionOf } from './subscription-of-app.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const HELPER_CHOICES = 50;

const NEW_HELPER = 'new';

const newEndpoint = endpointFields.extend({ helper: z.literal('').default('') }).superRefine(refuseUnclear);

/** An endpoint whose URL is that of a Hook Helper: `helper` is the Hook Helper's id, or `new`. */
const newEndpointAtHelper = endpointFields
  .extend({
    url: z.string().trim().max(0, 'Enter a URL or choose a Hook Helper, not both.').default(''),
    helper: z.string(),
  })
  .superRefine(refuseUnclear);

type Parts = Pick<
  Container,
  | 'apps'
  | 'attempts'
  | 'clock'
  | 'config'
  | 'deliveryCounts'
  | 'endpointSecrets'
  | 'endpoints'
  | 'hookHelpers'
  | 'models'
  | 'pool'
  | 'subscriptions'
  | 'webhookEvents'
>;

export function endpointPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, endpoints, endpointSecrets } = container;

  const find = async (req: Request<{ app: string; endpoint: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    return { app, endpoint: await endpoints.getOfApp(app, req.params.endpoint) };
  };

  addCreation(pages, container);
  pages.get('see', '/apps/:app/endpoints/:endpoint', async (req, res) => {
    await renderEndpoint({ container, req, res, ...(await find(req)) });
  });

  pages.post(
    { right: 'edit', form: statusForm },
    '/apps/:app/endpoints/:endpoint/status',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      const form = statusForm.safeParse(req.body).data;
      if (form === undefined) throw new BadRequest('An endpoint is active or inactive.');
      await endpoints.update(endpoint, form);
      const notice = form.status === 'active' ? 'endpoint_on' : 'endpoint_off';
      redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, notice);
    },
  );

  pages.post(
    { right: 'edit', form: eventChoice },
    '/apps/:app/endpoints/:endpoint/events',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      const result = await submit(eventChoice.superRefine(refuseUnclear), req.body, (choice) =>
        endpoints.update(endpoint, { enabledEvents: enabledEvents(choice) }),
      );
      if ('form' in result) await renderEndpoint({ container, req, res, app, endpoint, refused: result });
      else redirectWith(res, `/apps/${app.id}/endpoints/${endpoint.id}`, 'events_saved');
    },
  );

  // A POST, so that no link, prefetch or history entry reveals the secret. The response is never cached.
  pages.post(
    { right: 'secrets', form: noFields },
    '/apps/:app/endpoints/:endpoint/secret',
    async (req, res) => {
      const { app, endpoint } = await find(req);
      const { secret } = await endpointSecrets.reveal(endpoint);
      if (req.accepts(['html', 'json']) === 'json') {
        res
          .set('cache-control', 'no-store')
          .json({ secret, standard_webhooks_secret: standardWebhooksSecret(secret) });
      } else {
        await renderEndpoint({ container, req, res, app, endpoint, secret });
      }
    },
  );

  return pages.router;
}

function addCreation(pages: PageRoutes, container: Parts): void {
  const { apps, endpoints } = container;
  const parents = async (req: Request<{ app: string; subscription: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    return { app, subscription: await subscriptionOf(container, app, req.params.subscription) };
  };

  pages.get('edit', '/apps/:app/subscriptions/:subscription/endpoints/new', async (req, res) => {
    await renderNew({ container, res, ...(await parents(req)), form: newEndpointForm() });
  });

  pages.post(
    { right: 'edit', form: newEndpointAtHelper },
    '/apps/:app/subscriptions/:subscription/endpoints',
    async (req, res) => {
      const { app, subscription } = await parents(req);
      const isAtHelper = Boolean((req.body as { helper?: unknown } | undefined)?.helper);
      const schema = isAtHelper ? newEndpointAtHelper : newEndpoint;
      const result = await submit<NewEndpoint, Endpoint>(schema, req.body, async (input) => {
        const { helper, ...fields } = input;
        const changes = changesOf(fields);
        const url = helper === '' ? changes.url : await helperAddress(container, subscription, helper);
        return endpoints.create(subscription, { ...changes, url });
      });
      if ('form' in result) await renderNew({ container, res, app, subscription, ...result });
      else redirectWith(res, `/apps/${app.id}/endpoints/${result.saved.id}`, 'endpoint_created');
    },
  );
}

type NewEndpoint = z.infer<typeof newEndpointAtHelper>;

async function helperAddress(
  { config, hookHelpers }: Pick<Container, 'config' | 'hookHelpers'>,
  { accountId, name }: Subscription,
  helper: string,
): Promise<string> {
  const { token } =
    helper === NEW_HELPER
      ? await hookHelpers.create(accountId, { label: `For ${name}` })
      : await hookHelpers.get(accountId, helper);
  return `${config.http.baseUrl}/r/${token}`;
}

interface NewPage {
  container: Pick<Container, 'hookHelpers' | 'webhookEvents'>;
  res: Response;
  app: App;
  subscription: Subscription;
  form: Form;
  status?: number;
}

async function renderNew({ container, res, app, subscription, form, status = 200 }: NewPage): Promise<void> {
  const [events, helpers] = await Promise.all([
    container.webhookEvents.all(app),
    container.hookHelpers.list(app.accountId, { limit: HELPER_CHOICES, offset: 0 }),
  ]);
  const model = {
    app: appHead(app),
    subscription: subscriptionHead(subscription),
    form,
    eventTypes: events.map(({ eventType }) => eventType),
    helpers: helpers.map(({ id, label }) => [id, label]),
    newHelper: NEW_HELPER,
  };
  await renderPage(res, { view: 'endpoints/new', title: 'New endpoint', model, status });
}
