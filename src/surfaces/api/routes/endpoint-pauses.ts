import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { createEndpointPages } from '#src/surfaces/api/endpoint-pages.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import { endpointShape } from '#src/surfaces/api/presenters/endpoint.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';

type Parts = Pick<Container, 'deliveryCounts' | 'endpoints' | 'webhookEvents'>;

/** Holding back what an endpoint should get, and letting it go. */
export function endpointPauseRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { endpoints } = container;
  const { presentOne } = createEndpointPages(container);

  routes.ofSubscription('/endpoints/:endpoint/pause', {
    post: operation({
      id: 'pauseEndpoint',
      right: 'edit',
      summary: 'Pause an endpoint',
      description: 'What it should get waits, at no cost in attempts, until it is resumed. Nothing is lost.',
      answers: { 200: endpointShape },
      handle: async (call) => {
        const endpoint = await find.endpointOfSubscription(call);
        return ok(await presentOne(call, await endpoints.update(endpoint, { isPaused: true })));
      },
    }),
  });

  routes.ofSubscription('/endpoints/:endpoint/resume', {
    post: operation({
      id: 'resumeEndpoint',
      right: 'edit',
      summary: 'Resume a paused endpoint',
      description: 'What waited goes out in the order in which it came, as fast as the endpoint allows.',
      answers: { 200: endpointShape },
      handle: async (call) => {
        const endpoint = await find.endpointOfSubscription(call);
        return ok(await presentOne(call, await endpoints.update(endpoint, { isPaused: false })));
      },
    }),
  });
}
