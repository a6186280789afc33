import type { Container } from '../../container.ts';
import type { MessageTarget } from '../../pipeline/message-input.ts';
import { type Answer, ok } from '../answer.ts';
import type { Call } from '../call.ts';
import type { Find } from '../find.ts';
import { oneOfFew } from '../heavy-reads.ts';
import { parseBatch, parseMessage } from '../message-input.ts';
import { createMessageTargets } from '../message-targets.ts';
import { pageOfTexts, readPage } from '../page.ts';
import { presentDelivery, presentMessage } from '../presenters/message.ts';
import type { Handler, Routes } from '../routes.ts';
import { messageFilters } from '../schemas/messages.ts';

const BATCH_MEGABYTES = 5;

export function messageRoutes(routes: Routes, container: Container, find: Find): void {
  const { acceptor, messages } = container;
  const targets = createMessageTargets(container, find);

  const post =
    (target: (call: Call) => Promise<MessageTarget>): Handler =>
    async (call) => {
      const input = parseMessage(await call.body());
      const accepted = await acceptor.accept({ ...input, target: await target(call) });
      const text = presentMessage(accepted.message);
      return accepted.isReplayed ? replayed(text) : { status: 201, text };
    };

  routes.at('/apps/:app/messages', {
    post: post(targets.app),
    get: async (call) => {
      const filters = call.parameters(messageFilters);
      const app = await find.app(call);
      return oneOfFew(async () => {
        const page = await readPage(call, (paging) => messages.list(app, filters, paging));
        return pageOfTexts(page, presentMessage);
      });
    },
  });

  routes.at('/apps/:app/messages/batch', {
    post: async (call) => {
      const inputs = parseBatch(await call.json({ limitMegabytes: BATCH_MEGABYTES }));
      const target = await targets.app(call);
      const accepted = await acceptor.acceptAll(inputs.map((input) => ({ ...input, target })));
      const isNew = accepted.some(({ isReplayed }) => !isReplayed);
      const texts = accepted.map(({ message }) => presentMessage(message));
      return { status: isNew ? 201 : 200, text: `[${texts.join(',')}]` };
    },
  });

  routes.at('/subscriptions/:subscription/messages', { post: post(targets.subscription) });
  routes.at('/subscriptions/:subscription/endpoints/:endpoint/messages', { post: post(targets.endpoint) });

  routes.at('/apps/:app/messages/:message', {
    get: async (call) => {
      const message = await messages.get(await find.app(call), call.id('message'));
      return { status: 200, text: presentMessage(message) };
    },
  });

  routes.at('/apps/:app/messages/:message/deliveries', {
    get: async (call) => {
      const message = await messages.get(await find.app(call), call.id('message'));
      return ok((await messages.deliveries(message)).map(presentDelivery));
    },
  });
}

/** The same `event_id` came before: this is the first message, and nothing was sent. */
const replayed = (text: string): Answer => ({
  status: 200,
  text,
  headers: { 'idempotent-replayed': 'true' },
});
