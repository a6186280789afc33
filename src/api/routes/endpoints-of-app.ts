import type { Container } from '../../container.ts';
import { putEndpoint } from '../../endpoints/put-endpoint.ts';
import { created, ok } from '../answer.ts';
import { createEndpointPages } from '../endpoint-pages.ts';
import type { Find } from '../find.ts';
import { readPage } from '../page.ts';
import type { Routes } from '../routes.ts';
import { endpointPut } from '../schemas/endpoints.ts';

/** Endpoints by their app, without their subscription in the path. */
export function endpointOfAppRoutes(routes: Routes, container: Container, find: Find): void {
  const { endpoints } = container;
  const { presentOne, presentPage } = createEndpointPages(container);

  routes.at('/apps/:app/endpoints', {
    get: async (call) => {
      const app = await find.app(call);
      return presentPage(await readPage(call, (paging) => endpoints.listOfApp(app, paging)));
    },
  });

  routes.at('/apps/:app/endpoints/:endpoint', {
    get: async (call) => ok(await presentOne(await find.endpointOfApp(call))),
    put: async (call) => {
      const input = await call.input(endpointPut);
      const app = await find.app(call);
      const { endpoint, isNew } = await putEndpoint(container, { app, uid: call.id('endpoint'), ...input });
      return (isNew ? created : ok)(await presentOne(endpoint));
    },
  });
}
