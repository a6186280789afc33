import type { Container } from '../../container.ts';
import { standardWebhooksSecret } from '../../lib/signature.ts';
import { created, noContent, ok } from '../answer.ts';
import { createEndpointPages } from '../endpoint-pages.ts';
import type { Find } from '../find.ts';
import { readPage } from '../page.ts';
import type { Routes } from '../routes.ts';
import { endpointChanges, newEndpoint } from '../schemas/endpoints.ts';

export function endpointRoutes(routes: Routes, container: Container, find: Find): void {
  const { endpoints } = container;
  const { presentOne, presentPage } = createEndpointPages(container);

  routes.at('/subscriptions/:subscription/endpoints', {
    get: async (call) => {
      const subscription = await find.subscription(call);
      return presentPage(
        await readPage(call, (paging) => endpoints.listOfSubscription(subscription, paging)),
      );
    },
    post: async (call) => {
      const input = await call.input(newEndpoint);
      const subscription = await find.subscription(call);
      return created(await presentOne(await endpoints.create(subscription, input)));
    },
  });

  routes.at('/subscriptions/:subscription/endpoints/:endpoint', {
    get: async (call) => ok(await presentOne(await find.endpointOfSubscription(call))),
    patch: async (call) => {
      const changes = await call.input(endpointChanges);
      const endpoint = await find.endpointOfSubscription(call);
      return ok(await presentOne(await endpoints.update(endpoint, changes)));
    },
    delete: async (call) => {
      await endpoints.delete(await find.endpointOfSubscription(call));
      return noContent();
    },
  });

  routes.at('/subscriptions/:subscription/endpoints/:endpoint/secret', {
    get: async (call) => {
      const secret = endpoints.revealSecret(await find.endpointOfSubscription(call));
      return ok({ secret, standard_webhooks_secret: standardWebhooksSecret(secret), previous: [] });
    },
  });
}
