import type { Container } from '../../container.ts';
import { created, noContent, ok } from '../answer.ts';
import type { Find } from '../find.ts';
import { pageOf, readPage } from '../page.ts';
import { presentWebhookEvent } from '../presenters/webhook-event.ts';
import type { Routes } from '../routes.ts';
import { newWebhookEvent, webhookEventChanges } from '../schemas/webhook-events.ts';

export function webhookEventRoutes(routes: Routes, { webhookEvents }: Container, find: Find): void {
  routes.at('/apps/:app/webhook_events', {
    get: async (call) => {
      const app = await find.app(call);
      const page = await readPage(call, (paging) => webhookEvents.list(app, paging));
      return pageOf(page, (event) => presentWebhookEvent(event, app));
    },
    post: async (call) => {
      const input = await call.input(newWebhookEvent);
      const app = await find.app(call);
      return created(presentWebhookEvent(await webhookEvents.create(app, input), app));
    },
  });

  routes.at('/apps/:app/webhook_events/:event', {
    get: async (call) => {
      const app = await find.app(call);
      return ok(presentWebhookEvent(await webhookEvents.get(app, call.id('event')), app));
    },
    patch: async (call) => {
      const changes = await call.input(webhookEventChanges);
      const app = await find.app(call);
      const event = await webhookEvents.get(app, call.id('event'));
      return ok(presentWebhookEvent(await webhookEvents.update(event, changes), app));
    },
    delete: async (call) => {
      const app = await find.app(call);
      await webhookEvents.delete(await webhookEvents.get(app, call.id('event')));
      return noContent();
    },
  });
}
