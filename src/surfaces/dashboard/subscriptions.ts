import { type Response, type Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { email } from '#src/domain/subscriptions/email-schema.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { appHead } from './apps.ts';
import { endpointRow } from './endpoint-presenter.ts';
import { blankForm, type Form, line, submit } from '#src/surfaces/html/form.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const PAGE_SIZE = 25;

const newSubscription = z.strictObject({
  name: line('Give the subscriber a name.'),
  email: z
    .string()
    .trim()
    .default('')
    .refine(
      (entered) => entered === '' || email.safeParse(entered).success,
      'Enter an address, like ada@example.com.',
    )
    .transform((entered) => (entered === '' ? null : entered)),
});

export function subscriptionPages(
  container: Pick<Container, 'apps' | 'deliveryCounts' | 'endpoints' | 'subscriptions'>,
): Router {
  const pages = new PageRoutes();
  const { apps, subscriptions, endpoints, deliveryCounts } = container;

  pages.get('edit', '/apps/:app/subscriptions/new', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await renderNew(res, app, { form: blankForm() });
  });

  pages.post({ right: 'edit', form: newSubscription }, '/apps/:app/subscriptions', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(newSubscription, req.body, (input) => subscriptions.create(app, input));
    if ('form' in result) await renderNew(res, app, result);
    else redirectWith(res, `/apps/${app.id}/subscriptions/${result.saved.id}`, 'subscriber_created');
  });

  pages.get('see', '/apps/:app/subscriptions/:subscription', async (req, res) => {
    const { accountId } = currentVisit(req);
    const app = await apps.get(accountId, req.params.app);
    const subscription = await subscriptionOf(container, app, req.params.subscription);
    const page = await readPage(req, PAGE_SIZE, (paging) =>
      endpoints.listOfSubscription(subscription, paging),
    );
    const rates = await deliveryCounts.errorRates(
      accountId,
      page.rows.map(({ id }) => id),
    );
    const model = {
      app: appHead(app),
      subscription: subscriptionHead(subscription),
      page: { ...page, rows: page.rows.map((endpoint) => endpointRow(endpoint, rates.get(endpoint.id))) },
      notice: noticeOf(req),
    };
    await renderPage(res, { view: 'subscriptions/show', title: subscription.name, model });
  });

  return pages.router;
}

/** A subscription of the app. Throws NotFound for a subscription of another app. */
export async function subscriptionOf(
  container: Pick<Container, 'subscriptions'>,
  app: App,
  id: string,
): Promise<Subscription> {
  const subscription = await container.subscriptions.get(app.accountId, id);
  if (subscription.appId !== app.id) throw new NotFound(`The app has no subscription ${id}.`);
  return subscription;
}

export function subscriptionHead(subscription: Subscription) {
  const { id, appId, name, email: address } = subscription;
  return { id, name, email: address ?? null, href: `/apps/${appId}/subscriptions/${id}` };
}

function renderNew(res: Response, app: App, { form, status = 200 }: { form: Form; status?: number }) {
  const model = { app: appHead(app), form };
  return renderPage(res, { view: 'subscriptions/new', title: 'New subscriber', model, status });
}
