import { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { versionsInUse } from '#src/domain/endpoints/versions-in-use.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { refuseUnclear } from '#src/surfaces/html/event-choice.ts';
import { type Form, submit } from '#src/surfaces/html/form.ts';
import { changesOf, endpointFields, newEndpointForm } from '#src/surfaces/html/endpoint-form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes, requireRight } from '#src/surfaces/dashboard/access/page-routes.ts';
import { appHead } from './apps.ts';
import { type ShownTrial, tryOut } from './endpoint-trial.ts';
import { subscriptionHead, subscriptionOf } from './subscription-of-app.ts';

const HELPER_CHOICES = 50;

const NEW_HELPER = 'new';

const withStatus = endpointFields.extend({ status: z.enum(['active', 'inactive']).default('active') });

const newEndpoint = withStatus.extend({ helper: z.literal('').default('') }).superRefine(refuseUnclear);

/** An endpoint whose URL is that of a Hook Helper: `helper` is the Hook Helper's id, or `new`. */
const newEndpointAtHelper = withStatus
  .extend({
    url: z.string().trim().max(0, 'Enter a URL or choose a Hook Helper, not both.').default(''),
    helper: z.string(),
  })
  .superRefine(refuseUnclear);

type Parts = Pick<
  Container,
  | 'apps'
  | 'clock'
  | 'config'
  | 'endpointSecrets'
  | 'endpoints'
  | 'hookHelpers'
  | 'pool'
  | 'sampleSender'
  | 'subscriptions'
  | 'webhookEvents'
>;

const ENDPOINTS = '/apps/:app/subscriptions/:subscription/endpoints';

/** Adds an endpoint to a subscriber, and tries out what the form says before. */
export function endpointCreation(container: Parts): Router {
  const pages = new PageRoutes();
  const { endpoints } = container;
  const parents = async (req: Request<{ app: string; subscription: string }>) => {
    const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
    return { app, subscription: await subscriptionOf(container, app, req.params.subscription) };
  };

  pages.get('edit', `${ENDPOINTS}/new`, async (req, res) => {
    await renderNew({ container, res, ...(await parents(req)), form: newEndpointForm() });
  });

  pages.post({ right: 'edit', form: newEndpointAtHelper }, ENDPOINTS, async (req, res) => {
    const { app, subscription } = await parents(req);
    const isAtHelper = Boolean((req.body as { helper?: unknown } | undefined)?.helper);
    const schema = isAtHelper ? newEndpointAtHelper : newEndpoint;
    const result = await submit<NewEndpoint, Endpoint>(schema, req.body, async (input) => {
      const { helper, status, ...fields } = input;
      const changes = { ...changesOf(fields), status };
      const url = helper === '' ? changes.url : await helperAddress(container, subscription, helper);
      return endpoints.create(subscription, { ...changes, url });
    });
    if ('form' in result) await renderNew({ container, res, app, subscription, ...result });
    else redirectWith(res, `/apps/${app.id}/endpoints/${result.saved.id}`, 'endpoint_created');
  });

  pages.post({ right: 'edit', form: newEndpointAtHelper }, `${ENDPOINTS}/try`, async (req, res) => {
    requireRight(currentVisit(req), 'replay');
    const { app, subscription } = await parents(req);
    const result = await submit(newEndpoint, req.body, ({ helper: _helper, status: _status, ...input }) => {
      const { url, version, enabledEvents = '*' } = changesOf(input);
      return tryOut(container, { app, subscription, url, version, enabledEvents });
    });
    const form = { values: (req.body ?? {}) as Form['values'], errors: {} };
    const shown = 'form' in result ? result : { form, trial: result.saved };
    await renderNew({ container, res, app, subscription, ...shown });
  });

  return pages.router;
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
  container: Pick<Container, 'hookHelpers' | 'pool' | 'webhookEvents'>;
  res: Response;
  app: App;
  subscription: Subscription;
  form: Form;
  status?: number;
  trial?: ShownTrial;
}

async function renderNew(page: NewPage): Promise<void> {
  const { container, res, app, subscription, form, status = 200, trial } = page;
  const [events, helpers, versions] = await Promise.all([
    container.webhookEvents.all(app),
    container.hookHelpers.list(app.accountId, { limit: HELPER_CHOICES, offset: 0 }),
    versionsInUse(container.pool, app),
  ]);
  const model = {
    app: appHead(app),
    subscription: subscriptionHead(subscription),
    ...{ form, versions, trial },
    eventTypes: events.map(({ eventType }) => eventType),
    helpers: helpers.map(({ id, label }) => [id, label]),
    newHelper: NEW_HELPER,
  };
  await renderPage(res, { view: 'endpoints/new', title: 'New endpoint', model, status });
}
