import type { Container } from '#src/container.ts';
import { putEndpoint } from '#src/domain/endpoints/put-endpoint.ts';
import { created, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import { createEndpointPages } from '#src/surfaces/api/endpoint-pages.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { readPage } from '#src/surfaces/api/page.ts';
import { endpointShape } from '#src/surfaces/api/presenters/endpoint.ts';
import { PAGING_OF_ONE } from '#src/surfaces/api/quirks.ts';
import { PLAN_LIMIT } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { endpointPut } from '#src/surfaces/api/schemas/endpoints.ts';

type Parts = Pick<Container, 'deliveryCounts' | 'endpoints' | 'subscriptions' | 'webhookEvents'>;

/** Endpoints below their app, without the subscription in the path. */
export function endpointOfAppRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { endpoints } = container;
  const { presentOne, presentPage } = createEndpointPages(container);

  routes.at('/apps/:app/endpoints', {
    get: operation({
      id: 'listEndpointsOfApp',
      right: 'see',
      summary: 'List the endpoints of an app',
      answers: { 200: listOf(endpointShape) },
      handle: async (call) => {
        const app = await find.app(call);
        return presentPage(call, await readPage(call, (paging) => endpoints.listOfApp(app, paging)));
      },
    }),
  });

  routes.at('/apps/:app/endpoints/:endpoint', {
    get: operation({
      id: 'getEndpointOfApp',
      right: 'see',
      summary: 'Get an endpoint by its app',
      ignoredParameters: PAGING_OF_ONE,
      answers: { 200: endpointShape },
      handle: async (call) => ok(await presentOne(call, await find.endpointOfApp(call))),
    }),
    put: operation({
      id: 'putEndpoint',
      right: 'edit',
      summary: 'Create or change an endpoint by your own id',
      description: 'In one call: a subscription that is missing is made, too.',
      body: json(endpointPut),
      answers: {
        200: { shape: endpointShape, description: 'It was there, and is now like this.' },
        201: { shape: endpointShape, description: 'It was made.' },
      },
      errors: {
        402: PLAN_LIMIT,
        409: 'It belongs to another subscription, has another secret, or the body has another `uid` than the address.',
      },
      handle: async (call, { body }) => {
        const uid = call.uid('endpoint');
        const app = await find.app(call);
        const { endpoint, isNew } = await putEndpoint(container, { app, uid, ...body });
        return (isNew ? created : ok)(await presentOne(call, endpoint));
      },
    }),
  });
}
