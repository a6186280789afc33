import { z } from 'zod';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { jsonRead } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import {
  consideredShape,
  explainedShape,
  presentConsidered,
  presentExplained,
} from '#src/surfaces/api/presenters/considered.ts';
import { parseExplained } from '#src/surfaces/api/read-message-input.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { explained } from '#src/surfaces/api/schemas/messages.ts';

type Parts = Pick<
  Container,
  'acceptor' | 'endpoints' | 'explanations' | 'messages' | 'pool' | 'subscriptions'
>;

/** Explains the routing of a message that is not posted, and of one that was. */
export function explanationRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { acceptor, endpoints, explanations, messages, pool, subscriptions } = container;

  routes.at('/apps/:app/messages/explain', {
    post: operation({
      id: 'explainMessage',
      right: 'see',
      summary: 'Ask where a message would go',
      description: 'Nothing is sent.',
      body: jsonRead(explained, async (call) => parseExplained(await call.body())),
      answers: { 200: z.array(consideredShape) },
      handle: async (call, { body: { subscription_id: of, endpoint_id: to, ...message } }) => {
        const app = await find.app(call);
        const { accountId, id: appId } = app;
        const subscriptionId = of === null ? null : (await subscriptions.getOfApp(app, of)).id;
        const endpointId = to === null ? null : (await endpoints.getOfApp(app, to)).id;
        const target = { accountId, appId, subscriptionId, endpointId };
        const considered = await acceptor.explain({ ...message, target });
        return ok(considered.map(presentConsidered));
      },
    }),
  });

  routes.at('/apps/:app/messages/:message/explain', {
    get: operation({
      id: 'explainSentMessage',
      right: 'see',
      summary: 'Ask where a message went, and why',
      description: 'By the endpoints as they were when it was accepted.',
      answers: { 200: z.array(explainedShape) },
      handle: async (call) => {
        const message = await messages.get(await find.app(call), call.id('message'));
        return limitHeavyReads(call, async () => {
          const deliveries = await deliveriesOf(pool, message);
          const to = new Map(deliveries.map((delivery) => [delivery.endpointId, delivery]));
          const considered = await explanations.explain(message);
          return ok(considered.map((one) => presentExplained(one, to.get(one.endpoint.id))));
        });
      },
    }),
  });
}
