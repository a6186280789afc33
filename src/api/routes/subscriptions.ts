import type { Container } from '../../container.ts';
import { created, noContent, ok } from '../answer.ts';
import type { Find } from '../find.ts';
import { pageOf, readPage } from '../page.ts';
import { presentSubscription } from '../presenters/subscription.ts';
import type { Routes } from '../routes.ts';
import { newSubscription, subscriptionChanges } from '../schemas/subscriptions.ts';

export function subscriptionRoutes(routes: Routes, { apps, subscriptions }: Container, find: Find): void {
  routes.at('/apps/:app/subscriptions', {
    get: async (call) => {
      const app = await find.app(call);
      const page = await readPage(call, (paging) => subscriptions.list(app, paging));
      return pageOf(page, (subscription) => presentSubscription(subscription, app));
    },
    post: async (call) => {
      const input = await call.input(newSubscription);
      const app = await find.app(call);
      return created(presentSubscription(await subscriptions.create(app, input), app));
    },
  });

  routes.at('/apps/:app/subscriptions/:uid', {
    put: async (call) => {
      const changes = await call.input(subscriptionChanges);
      const app = await find.app(call);
      const { subscription, isNew } = await subscriptions.put(app, call.id('uid'), changes);
      return (isNew ? created : ok)(presentSubscription(subscription, app));
    },
  });

  routes.at('/subscriptions/:subscription', {
    get: async (call) => {
      const subscription = await find.subscription(call);
      const app = await apps.get(call.accountId, subscription.appId);
      return ok(presentSubscription(subscription, app));
    },
    patch: async (call) => {
      const changes = await call.input(subscriptionChanges);
      const subscription = await find.subscription(call);
      const app = await apps.get(call.accountId, subscription.appId);
      return ok(presentSubscription(await subscriptions.update(subscription, changes), app));
    },
    delete: async (call) => {
      await subscriptions.delete(await find.subscription(call));
      return noContent();
    },
  });
}
