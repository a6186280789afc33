import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { countEndpoints } from '#src/domain/app-lists/list-endpoints.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { email } from '#src/domain/subscriptions/email-schema.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { appHead } from './apps.ts';
import { blankForm, conflictAt, type Form, line, uidField, submit } from '#src/surfaces/html/form.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { subscriptionHead, subscriptionOf } from './subscription-of-app.ts';
import { renderSubscription, type SubscriptionPageParts } from './subscription-page.ts';

const PATH = '/apps/:app/subscriptions/:subscription';

const fields = z.strictObject({
  name: line('Give the subscriber a name.'),
  uid: uidField(),
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

/** `confirmation` is the name, of a subscriber with endpoints. */
const deletion = z.strictObject({ confirmation: z.string().default('') });

type Parts = SubscriptionPageParts & Pick<Container, 'apps' | 'subscriptions'>;

/** Subscribers of an app: each is made, shown, changed and deleted here. */
export function subscriptionPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { apps, subscriptions } = container;

  pages.get('edit', '/apps/:app/subscriptions/new', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await renderNew(res, app, { form: blankForm() });
  });

  pages.post({ right: 'edit', form: fields }, '/apps/:app/subscriptions', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(fields, req.body, (input) =>
      conflictAt('uid', subscriptions.create(app, input)),
    );
    if ('form' in result) await renderNew(res, app, result);
    else redirectWith(res, `/apps/${app.id}/subscriptions/${result.saved.id}`, 'subscriber_created');
  });

  addOneSubscription(pages, container);
  return pages.router;
}

function addOneSubscription(pages: PageRoutes, container: Parts): void {
  const { apps, pool, subscriptions } = container;

  const find = async (req: Request<{ app: string; subscription: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    return { app, subscription: await subscriptionOf(container, app, req.params.subscription) };
  };

  pages.get('see', PATH, async (req, res) => {
    await renderSubscription({ container, req, res, ...(await find(req)) });
  });

  pages.get('edit', `${PATH}/edit`, async (req, res) => {
    await renderEdit(pool, res, await find(req));
  });

  pages.post({ right: 'edit', form: fields }, PATH, async (req, res) => {
    const { app, subscription } = await find(req);
    const result = await submit(fields, req.body, (input) =>
      conflictAt('uid', subscriptions.update(subscription, input)),
    );
    if ('form' in result) await renderEdit(pool, res, { app, subscription, ...result });
    else redirectWith(res, subscriptionHead(subscription).href, 'subscriber_saved');
  });

  pages.post({ right: 'delete', form: deletion }, `${PATH}/delete`, async (req, res) => {
    const { app, subscription } = await find(req);
    const endpoints = await endpointsOf(pool, app, subscription);
    const result = await submit(deletionOf(subscription, endpoints), req.body, () =>
      subscriptions.delete(subscription),
    );
    if ('form' in result)
      await renderEdit(pool, res, { app, subscription, deletion: result.form, status: result.status });
    else redirectWith(res, `/apps/${app.id}/subscriptions`, 'subscriber_deleted');
  });
}

async function endpointsOf(pool: Container['pool'], app: App, { id }: Subscription): Promise<number> {
  const query = { text: '', sort: 'newest' as const, subscriptionId: id };
  return (await countEndpoints(pool, app, query)).total;
}

const deletionOf = ({ name }: Subscription, endpoints: number) =>
  deletion.refine(({ confirmation }) => endpoints === 0 || confirmation.trim() === name.trim(), {
    path: ['confirmation'],
    error: 'This is not the subscriber’s name.',
  });

function renderNew(res: Response, app: App, { form, status = 200 }: { form: Form; status?: number }) {
  const model = { app: appHead(app), form };
  return renderPage(res, { view: 'subscriptions/new', title: 'New subscriber', model, status });
}

interface Edit {
  app: App;
  subscription: Subscription;
  form?: Form;
  deletion?: Form;
  status?: number;
}

async function renderEdit(pool: Container['pool'], res: Response, edit: Edit): Promise<void> {
  const { app, subscription, status = 200 } = edit;
  const { name, uid, email: address } = subscription;
  const { form = blankForm({ name, uid: uid ?? '', email: address ?? '' }), deletion: typed = blankForm() } =
    edit;
  const model = {
    app: appHead(app),
    subscription: subscriptionHead(subscription),
    endpoints: await endpointsOf(pool, app, subscription),
    form,
    deletion: typed,
  };
  await renderPage(res, { view: 'subscriptions/edit', title: `Edit ${name}`, model, status });
}
