import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import { createEndpointPages } from '#src/surfaces/api/endpoint-pages.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { readPage } from '#src/surfaces/api/page.ts';
import { endpointShape } from '#src/surfaces/api/presenters/endpoint.ts';
import { PLAN_LIMIT, UID_TAKEN } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { endpointChanges, newEndpoint } from '#src/surfaces/api/schemas/endpoints.ts';

type Parts = Pick<Container, 'deliveryCounts' | 'endpoints' | 'webhookEvents'>;

const path = '/endpoints/:endpoint';

export function endpointRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { endpoints } = container;
  const { presentOne, presentPage } = createEndpointPages(container);

  routes.ofSubscription('/endpoints', {
    get: operation({
      id: 'listEndpoints',
      right: 'see',
      summary: 'List the endpoints of a subscription',
      answers: { 200: listOf(endpointShape) },
      handle: async (call) => {
        const subscription = await find.subscription(call);
        return presentPage(
          call,
          await readPage(call, (paging) => endpoints.listOfSubscription(subscription, paging)),
        );
      },
    }),
    post: operation({
      id: 'createEndpoint',
      right: 'edit',
      summary: 'Create an endpoint',
      body: json(newEndpoint),
      answers: { 201: endpointShape },
      errors: { 402: PLAN_LIMIT, 409: UID_TAKEN },
      handle: async (call, { body }) => {
        const subscription = await find.subscription(call);
        return created(await presentOne(call, await endpoints.create(subscription, body)));
      },
    }),
  });

  oneEndpoint(routes, container, find);
}

function oneEndpoint(routes: RouteTable, container: Parts, find: Find): void {
  const { endpoints } = container;
  const { presentOne } = createEndpointPages(container);

  routes.ofSubscription(path, {
    get: operation({
      id: 'getEndpoint',
      right: 'see',
      summary: 'Get an endpoint',
      answers: { 200: endpointShape },
      handle: async (call) => ok(await presentOne(call, await find.endpointOfSubscription(call))),
    }),
    patch: operation({
      id: 'updateEndpoint',
      right: 'edit',
      summary: 'Change an endpoint',
      description:
        'The next message already goes by it. `status: active` turns on one that is off. A `url` of another scheme, host or port, or of another Hook Helper, leaves `auth` and `headers` behind, unless they are given again; one that only turns `http` into `https` keeps them.',
      body: json(endpointChanges),
      answers: { 200: endpointShape },
      errors: { 409: UID_TAKEN },
      handle: async (call, { body }) => {
        const endpoint = await find.endpointOfSubscription(call);
        return ok(await presentOne(call, await endpoints.update(endpoint, body)));
      },
    }),
    delete: operation({
      id: 'deleteEndpoint',
      right: 'delete',
      summary: 'Delete an endpoint',
      answers: { 204: nothing },
      handle: async (call) => {
        await endpoints.delete(await find.endpointOfSubscription(call));
        return noContent();
      },
    }),
  });
}
