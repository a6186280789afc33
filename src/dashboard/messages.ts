import { Router } from 'express';
import { z } from 'zod';
import type { App } from '../apps/app.ts';
import type { Container } from '../container.ts';
import { renderPage } from '../http/render.ts';
import { dataTextOf, type Message, messageCreatedAt } from '../messages/message.ts';
import { appHead, renderApp } from './apps.ts';
import { attemptRows } from './attempt-view.ts';
import { endpointNames } from './endpoint-names.ts';
import { asTyped, line, submit } from './form.ts';
import { deliveryBadge, messageRow } from './message-view.ts';
import { noticeOf, redirectWith } from './notices.ts';
import { readPage } from './pager.ts';
import { payloadOf } from './payload-view.ts';
import { currentUser } from './session.ts';
import { settledSoon } from './settled-soon.ts';

const PAGE_SIZE = 25;
const SHOWN_ATTEMPTS = 50;
const MOST_CHARACTERS = 1_000_000;

const testMessage = z.object({
  event_type: line('Choose a webhook event.'),
  version: line('Enter a version, like 1.0.', 64),
  data: asTyped().superRefine((text, context) => {
    if (text.length > MOST_CHARACTERS) context.addIssue('A payload is at most 1 MB.');
    try {
      JSON.parse(text);
    } catch (error) {
      context.addIssue(`This is not JSON: ${(error as Error).message}`);
    }
  }),
});

export function messagePages(container: Container): Router {
  const router = Router();
  const { acceptor, apps, messages } = container;

  router.get('/apps/:app/messages', async (req, res) => {
    const app = await apps.get(currentUser(req).accountId, req.params.app);
    const page = await readPage(req, PAGE_SIZE, (paging) => messages.list(app, {}, paging));
    const model = { app: appHead(app), page: { ...page, rows: page.rows.map(messageRow) } };
    await renderPage(res, { view: 'messages/index', title: 'Messages', model });
  });

  router.post('/apps/:app/messages', async (req, res) => {
    const app = await apps.get(currentUser(req).accountId, req.params.app);
    const result = await submit(testMessage, req.body, ({ event_type: eventType, version, data }) =>
      acceptor.accept({
        target: { accountId: app.accountId, appId: app.id, subscriptionId: null, endpointId: null },
        eventType,
        version,
        // As it was written: nothing is parsed and written again.
        dataText: data,
        eventId: null,
        overridePayload: false,
        headers: null,
        deliverAt: null,
      }),
    );
    if ('form' in result) {
      await renderApp({ container, req, res, app, refused: result });
      return;
    }
    const { message } = result.saved;
    await settledSoon(container, message);
    redirectWith(res, `/apps/${app.id}/messages/${message.id}`, 'message_sent');
  });

  router.get('/apps/:app/messages/:message', async (req, res) => {
    const app = await apps.get(currentUser(req).accountId, req.params.app);
    const message = await messages.get(app, req.params.message);
    const model = await readMessage(container, { app, message, notice: noticeOf(req) });
    await renderPage(res, { view: 'messages/show', title: `Message ${message.eventType}`, model });
  });

  router.get('/apps/:app/messages/:message/payload', async (req, res) => {
    const app = await apps.get(currentUser(req).accountId, req.params.app);
    const message = await messages.get(app, req.params.message);
    res.set('cache-control', 'no-store').type('text/plain').send(message.body);
  });

  return router;
}

interface MessagePage {
  app: App;
  message: Message;
  notice: string | undefined;
}

async function readMessage(container: Container, { app, message, notice }: MessagePage) {
  const [deliveries, latest] = await Promise.all([
    container.messages.deliveries(message),
    container.attempts.list(app, { messageId: message.id }, { limit: SHOWN_ATTEMPTS, offset: 0 }),
  ]);
  const names = await endpointNames(
    container,
    deliveries.map(({ endpointId }) => ({ ...message, endpointId })),
  );
  return {
    app: appHead(app),
    message: messageHead(message),
    payload: payloadOf(dataTextOf(message)),
    deliveries: deliveries.map((delivery) => ({
      endpoint: names(delivery.endpointId),
      badge: deliveryBadge(delivery),
      attemptsMade: delivery.attemptsMade,
      nextAttemptAt: delivery.nextAttemptAt,
    })),
    isWaiting: deliveries.some(({ state }) => state === 'pending'),
    attempts: await attemptRows(container, latest),
    // Not on its way to anyone: the page says so itself.
    notice: deliveries.length === 0 ? undefined : notice,
  };
}

function messageHead(message: Message) {
  const { id, eventType, eventId, version, overridePayload, deliverAt } = message;
  const href = `/apps/${message.appId}/messages/${id}`;
  return {
    id,
    href,
    eventType,
    eventId,
    version,
    overridePayload,
    deliverAt,
    createdAt: messageCreatedAt(message),
  };
}
