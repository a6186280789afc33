import type { Container } from '../../container.ts';
import { noContent } from '../answer.ts';
import type { Find } from '../find.ts';
import { parseInput } from '../input.ts';
import { pageOfTexts, readPage } from '../page.ts';
import { presentWebhookEvent } from '../presenters/webhook-event.ts';
import type { Routes } from '../routes.ts';
import { newWebhookEvent, webhookEventChanges, withSampleAsText } from '../schemas/webhook-events.ts';

export function webhookEventRoutes(routes: Routes, { webhookEvents }: Container, find: Find): void {
  routes.at('/apps/:app/webhook_events', {
    get: async (call) => {
      const app = await find.app(call);
      const page = await readPage(call, (paging) => webhookEvents.list(app, paging));
      return pageOfTexts(page, (event) => presentWebhookEvent(event, app));
    },
    post: async (call) => {
      const input = parseInput(newWebhookEvent, withSampleAsText(await call.body()));
      const app = await find.app(call);
      return { status: 201, text: presentWebhookEvent(await webhookEvents.create(app, input), app) };
    },
  });

  routes.at('/apps/:app/webhook_events/:event', {
    get: async (call) => {
      const app = await find.app(call);
      const event = await webhookEvents.get(app, call.id('event'));
      return { status: 200, text: presentWebhookEvent(event, app) };
    },
    patch: async (call) => {
      const changes = parseInput(webhookEventChanges, withSampleAsText(await call.body()));
      const app = await find.app(call);
      const event = await webhookEvents.get(app, call.id('event'));
      return { status: 200, text: presentWebhookEvent(await webhookEvents.update(event, changes), app) };
    },
    delete: async (call) => {
      const app = await find.app(call);
      await webhookEvents.delete(await webhookEvents.get(app, call.id('event')));
      return noContent();
    },
  });
}
