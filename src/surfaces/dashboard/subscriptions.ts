import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { email } from '#src/domain/subscriptions/email-schema.ts';
import type { PortalLink } from '#src/domain/subscriptions/portal-links.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { appHead } from './apps.ts';
import { endpointRow } from './endpoint-presenter.ts';
import { blankForm, type Form, line, submit } from '#src/surfaces/html/form.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { portalChoices, portalLinkForm } from './portal-link-form.ts';
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
  const { apps, subscriptions } = container;

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
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const subscription = await subscriptionOf(container, app, req.params.subscription);
    await renderSubscription({ container, req, res, app, subscription });
  });

  return pages.router;
}

interface SubscriptionPage {
  container: Pick<Container, 'deliveryCounts' | 'endpoints'>;
  req: Request;
  res: Response;
  app: App;
  subscription: Subscription;
  /** A link to the portal that was just made. */
  link?: PortalLink;
  /** The form of a link, when it was refused. */
  refused?: { form: Form; status: number };
}

export async function renderSubscription(shown: SubscriptionPage): Promise<void> {
  const { container, req, res, app, subscription, link, refused } = shown;
  const page = await readPage(req, PAGE_SIZE, (paging) =>
    container.endpoints.listOfSubscription(subscription, paging),
  );
  const ids = page.rows.map(({ id }) => id);
  const rates = await container.deliveryCounts.errorRates(app.accountId, ids);
  const model = {
    app: appHead(app),
    subscription: subscriptionHead(subscription),
    page: { ...page, rows: page.rows.map((endpoint) => endpointRow(endpoint, rates.get(endpoint.id))) },
    portal: { form: refused?.form ?? portalLinkForm(req), link: link ?? null, ...portalChoices(req) },
    notice: noticeOf(req),
  };
  const status = refused?.status ?? 200;
  await renderPage(res, { view: 'subscriptions/show', title: subscription.name, model, status });
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
