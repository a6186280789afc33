import { z } from 'zod';
import { cancelMessage } from '#src/domain/endpoint-queues/cancel-message.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { MessageLog } from '#src/domain/deliveries/log/message-log.ts';
import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { pageOfTexts, readPage } from '#src/surfaces/api/page.ts';
import {
  cancelledShape,
  deliveryShape,
  messageShape,
  presentDelivery,
  presentMessage,
} from '#src/surfaces/api/presenters/message.ts';
import { createPublishOperations } from '#src/surfaces/api/publish-operations.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { messageFilters } from '#src/surfaces/api/schemas/messages.ts';

type Parts = Pick<
  Container,
  'acceptor' | 'deliveryLog' | 'directory' | 'messages' | 'pool' | 'publishRate' | 'quota' | 'subscriptions'
>;

export function messageRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const messageLog = new MessageLog(container);
  const post = createPublishOperations(container, find);

  routes.at('/apps/:app/messages', {
    post: post.toApp,
    get: operation({
      id: 'listMessages',
      right: 'see',
      summary: 'List the messages of an app',
      query: messageFilters,
      answers: { 200: listOf(messageShape) },
      handle: async (call, { query: filters }) => {
        const app = await find.app(call);
        const known = await find.filters(app, filters);
        return limitHeavyReads(call, async () => {
          const page = await readPage(call, (paging) => messageLog.search(app, known, paging));
          return pageOfTexts(page, presentMessage);
        });
      },
    }),
  });
  routes.at('/apps/:app/messages/batch', { post: post.batch });
  routes.at('/apps/:app/publish', { post: post.asIs });
  routes.ofSubscription('/messages', { post: post.toSubscription });
  routes.ofSubscription('/endpoints/:endpoint/messages', { post: post.toEndpoint });

  oneMessage(routes, container, find);
}

function oneMessage(routes: RouteTable, { messages, pool }: Parts, find: Find): void {
  routes.at('/apps/:app/messages/:message', {
    get: operation({
      id: 'getMessage',
      right: 'see',
      summary: 'Get a message',
      answers: { 200: messageShape },
      handle: async (call) => {
        const message = await messages.get(await find.app(call), call.id('message'));
        return { status: 200, text: presentMessage(message) };
      },
    }),
  });

  routes.at('/apps/:app/messages/:message/cancel', {
    post: operation({
      id: 'cancelMessage',
      right: 'replay',
      summary: 'Cancel what of a message was not sent yet',
      description:
        'Deliveries that are scheduled or wait are ignored (`cancelled`). What was sent, or is being sent, stays as it is.',
      answers: { 200: cancelledShape },
      handle: async (call) => {
        const message = await messages.get(await find.app(call), call.id('message'));
        return ok({ message_id: message.id, cancelled: await cancelMessage(pool, message) });
      },
    }),
  });

  routes.at('/apps/:app/messages/:message/deliveries', {
    get: operation({
      id: 'listDeliveries',
      right: 'see',
      summary: 'See how a message fares at each endpoint',
      answers: { 200: z.array(deliveryShape) },
      handle: async (call) => {
        const message = await messages.get(await find.app(call), call.id('message'));
        return ok((await deliveriesOf(pool, message)).map(presentDelivery));
      },
    }),
  });
}
