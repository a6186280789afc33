import { z } from 'zod';
import type { Container } from '../../container.ts';
import { ok } from '../answer.ts';
import type { Find } from '../find.ts';
import { oneOfFew } from '../heavy-reads.ts';
import { listOf, operation } from '../operation.ts';
import { pageOfTexts, readPage } from '../page.ts';
import { deliveryShape, messageShape, presentDelivery, presentMessage } from '../presenters/message.ts';
import { createPublishOperations } from '../publish-operations.ts';
import type { Routes } from '../routes.ts';
import { messageFilters } from '../schemas/messages.ts';

export function messageRoutes(routes: Routes, container: Container, find: Find): void {
  const { messages } = container;
  const post = createPublishOperations(container, find);

  routes.at('/apps/:app/messages', {
    post: post.toApp,
    get: operation({
      id: 'listMessages',
      summary: 'List the messages of an app',
      query: messageFilters,
      answers: { 200: listOf(messageShape) },
      handle: async (call, { query: filters }) => {
        const app = await find.app(call);
        return oneOfFew(call, async () => {
          const page = await readPage(call, (paging) => messages.find(app, filters, paging));
          return pageOfTexts(page, presentMessage);
        });
      },
    }),
  });
  routes.at('/apps/:app/messages/batch', { post: post.batch });
  routes.at('/apps/:app/publish', { post: post.asIs });
  routes.at('/subscriptions/:subscription/messages', { post: post.toSubscription });
  routes.at('/subscriptions/:subscription/endpoints/:endpoint/messages', { post: post.toEndpoint });

  routes.at('/apps/:app/messages/:message', {
    get: operation({
      id: 'getMessage',
      summary: 'Get a message',
      answers: { 200: messageShape },
      handle: async (call) => {
        const message = await messages.get(await find.app(call), call.id('message'));
        return { status: 200, text: presentMessage(message) };
      },
    }),
  });

  routes.at('/apps/:app/messages/:message/deliveries', {
    get: operation({
      id: 'listDeliveries',
      summary: 'See how a message fares at each endpoint',
      answers: { 200: z.array(deliveryShape) },
      handle: async (call) => {
        const message = await messages.get(await find.app(call), call.id('message'));
        return ok((await messages.deliveries(message)).map(presentDelivery));
      },
    }),
  });
}
