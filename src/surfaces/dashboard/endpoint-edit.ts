import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { hasCredentials, moves } from '#src/domain/endpoints/endpoint-rules.ts';
import { versionsInUse } from '#src/domain/endpoints/versions-in-use.ts';
import { hasRight } from '#src/domain/roles/roles.ts';
import { changesOf, endpointFields, formOf } from '#src/surfaces/html/endpoint-form.ts';
import { refuseUnclear } from '#src/surfaces/html/event-choice.ts';
import { type Form, submit } from '#src/surfaces/html/form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes, requireRight } from '#src/surfaces/dashboard/access/page-routes.ts';
import { appHead } from './apps.ts';
import { type ShownTrial, tryOut } from './endpoint-trial.ts';
import { subscriptionHead } from './subscription-of-app.ts';

const PATH = '/apps/:app/endpoints/:endpoint';

/** `keep_credentials`: they go along to a URL of another scheme, host, port or Hook Helper. */
const editForm = endpointFields
  .extend({ keep_credentials: z.literal('on').optional() })
  .superRefine(refuseUnclear);

type Parts = Pick<
  Container,
  'apps' | 'clock' | 'endpoints' | 'endpointSecrets' | 'pool' | 'sampleSender' | 'webhookEvents'
>;

interface Shown {
  form: Form;
  status?: number;
  trial?: ShownTrial;
}

/** Changes an endpoint's URL, version, description and events, and tries them out before. */
export function endpointEdit(container: Parts): Router {
  const pages = new PageRoutes();
  const { endpoints } = container;

  pages.get('edit', `${PATH}/edit`, async (req, res) => {
    const { endpoint, render } = await read(container, req);
    await render(res, { form: formOf(endpoint) });
  });

  pages.post({ right: 'edit', form: editForm }, PATH, async (req, res) => {
    const { endpoint, href, render } = await read(container, req);
    const { role } = currentVisit(req);
    const before = { url: endpoint.url, rules: endpoint.rules };
    const result = await submit(editForm, req.body, ({ keep_credentials: keep, ...input }) =>
      // Who may not see the credentials does not send them elsewhere either.
      endpoints.update(endpoint, {
        ...changesOf(input),
        keepsCredentials: keep === 'on' && hasRight(role, 'secrets'),
      }),
    );
    if ('form' in result) await render(res, result);
    else {
      const isLeft = hasCredentials(before) && moves(before, result.saved) && !hasCredentials(result.saved);
      const saved = result.saved.status === 'active' ? 'endpoint_saved' : 'endpoint_saved_off';
      redirectWith(res, href, isLeft ? 'credentials_left' : saved);
    }
  });

  pages.post({ right: 'edit', form: editForm }, `${PATH}/try`, async (req, res) => {
    requireRight(currentVisit(req), 'replay');
    const { app, endpoint, render } = await read(container, req);
    const result = await submit(editForm, req.body, ({ keep_credentials: _keep, ...input }) => {
      const { url, version, enabledEvents = '*' } = changesOf(input);
      const { subscription } = endpoint;
      return tryOut(container, { app, subscription, endpoint, url, version, enabledEvents });
    });
    const form = { values: (req.body ?? {}) as Form['values'], errors: {} };
    await render(res, 'form' in result ? result : { form, trial: result.saved });
  });

  return pages.router;
}

/** The endpoint of a request, and the page of its form. */
async function read(
  { apps, endpoints, pool, webhookEvents }: Parts,
  req: Request<{ app: string; endpoint: string }>,
) {
  const app = await apps.get(currentVisit(req).accountId, req.params.app);
  const endpoint = await endpoints.getOfApp(app, req.params.endpoint);
  const href = `/apps/${app.id}/endpoints/${endpoint.id}`;
  const render = async (res: Response, { form, status = 200, trial }: Shown) => {
    const [events, versions] = await Promise.all([webhookEvents.all(app), versionsInUse(pool, app)]);
    const model = {
      app: appHead(app),
      subscription: subscriptionHead(endpoint.subscription),
      endpoint: { url: endpoint.url, href, hasCredentials: hasCredentials(endpoint) },
      eventTypes: events.map(({ eventType }) => eventType),
      ...{ form, versions, trial },
    };
    await renderPage(res, { view: 'endpoints/edit', title: 'Edit endpoint', status, model });
  };
  return { app, endpoint, href, render };
}
