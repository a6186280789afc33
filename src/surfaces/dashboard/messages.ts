import { MAX_MESSAGE_BYTES, webhookBody } from '#src/domain/messages/message.ts';
import type { Router } from 'express';
import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import { cancelMessage } from '#src/domain/endpoint-queues/cancel-message.ts';
import { MessageLog } from '#src/domain/deliveries/log/message-log.ts';
import { countMessages } from '#src/domain/messages/count-messages.ts';
import type { Container } from '#src/container.ts';
import type { Subscriptions } from '#src/domain/subscriptions/subscriptions.ts';
import { isUid } from '#src/domain/uid-schema.ts';
import { nullOn } from '#src/infra/database/upsert.ts';
import { InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { renderApp } from './app-overview.ts';
import { asTyped, line, optionalLine, submit } from '#src/surfaces/html/form.ts';
import { readMessage } from './message-page.ts';
import { messageRows } from './message-presenter.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { logPage, PAGE_SIZE } from './logs/log-page.ts';
import { toMessageFilters } from './logs/to-filters.ts';
import { totalText } from './logs/total-text.ts';
import { settledSoon } from './settled-soon.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const testMessage = z.strictObject({
  event_type: line('Choose a webhook event.'),
  version: line('Enter a version, like 1.0.', 64),
  subscription: optionalLine(128),
  data: asTyped().superRefine((text, context) => {
    if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
      context.addIssue('A payload is at most 1 MB.');
      return;
    }
    try {
      JSON.parse(text);
    } catch (error) {
      context.addIssue(`This is not JSON: ${(error as Error).message}`);
    }
  }),
});

type Parts = Pick<
  Container,
  | 'acceptor'
  | 'apps'
  | 'attempts'
  | 'clock'
  | 'deliveryCounts'
  | 'deliveryLog'
  | 'endpoints'
  | 'explanations'
  | 'issues'
  | 'messages'
  | 'models'
  | 'pool'
  | 'queue'
  | 'subscriptions'
  | 'webhookEvents'
>;

export function messagePages(container: Parts): Router {
  const pages = new PageRoutes();
  const { acceptor, apps, clock, pool, subscriptions } = container;
  const messageLog = new MessageLog(container);

  logPage(pages, container, {
    list: 'messages',
    view: 'messages/index',
    title: (app) => `Messages of ${app.name}`,
    read: async ({ app, req, shown }) => {
      const filters = toMessageFilters(shown, clock.now());
      const isCounted = filters.states === undefined;
      const [page, counted] = await Promise.all([
        readPage(req, PAGE_SIZE, (paging) => messageLog.search(app, filters, paging)),
        isCounted ? countMessages(pool, app, filters) : null,
      ]);
      return {
        page: { ...page, rows: await messageRows(container, app, page.rows) },
        total: totalText(page, counted?.messages ?? null, ['message', 'messages']),
      };
    },
  });

  pages.post({ right: 'send', form: testMessage }, '/apps/:app/messages', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const result = await submit(testMessage, req.body, async ({ event_type: eventType, version, ...rest }) =>
      acceptor.accept({
        target: {
          accountId: app.accountId,
          appId: app.id,
          subscriptionId: await subscriberOf(subscriptions, app, rest.subscription),
          endpointId: null,
        },
        eventType,
        version,
        // The text as entered, because parsing and serialising again could change it.
        dataText: rest.data,
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

  oneMessage(pages, container);
  return pages.router;
}

function oneMessage(pages: PageRoutes, container: Parts): void {
  const { apps, messages, pool } = container;

  pages.post({ right: 'replay', form: noFields }, '/apps/:app/messages/:message/cancel', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const message = await messages.get(app, req.params.message);
    const cancelled = await cancelMessage(pool, message);
    const notice = cancelled > 0 ? 'message_cancelled' : 'nothing_cancelled';
    redirectWith(res, `/apps/${app.id}/messages/${message.id}`, notice);
  });

  pages.get('see', '/apps/:app/messages/:message', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const message = await messages.get(app, req.params.message);
    const model = await readMessage(container, {
      app,
      message,
      notice: noticeOf(req),
      query: req.query,
    });
    await renderPage(res, { view: 'messages/show', title: `Message ${message.eventType}`, model });
  });

  pages.get('see', '/apps/:app/messages/:message/payload', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const message = await messages.get(app, req.params.message);
    res.set('cache-control', 'no-store');
    // Never with the sender's content type, because a browser would run HTML or scripts on our origin.
    const body = webhookBody(message);
    if (typeof body === 'string') res.type('text/plain').send(body);
    else res.attachment(`${message.id}.bin`).send(body);
  });
}

/** Null when none was entered: the whole app. Throws InvalidInput when the app has no such subscriber. */
async function subscriberOf(subscriptions: Subscriptions, app: App, entered: string): Promise<string | null> {
  if (entered === '') return null;
  const message = 'The app has no subscriber with this id or uid.';
  if (!isUid(entered)) throw new InvalidInput(message, { details: [{ path: 'subscription', message }] });
  const found = await subscriptions.getOfApp(app, entered).catch(nullOn(NotFound));
  if (found === null) throw new InvalidInput(message, { details: [{ path: 'subscription', message }] });
  return found.id;
}
