import type { Container } from '#src/container.ts';
import { noContent } from '#src/surfaces/api/answer.ts';
import { jsonRead } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { pageOfTexts, readPage } from '#src/surfaces/api/page.ts';
import { presentWebhookEvent, webhookEventShape } from '#src/surfaces/api/presenters/webhook-event.ts';
import { PLAN_LIMIT } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import {
  newWebhookEvent,
  postedWebhookEvent,
  postedWebhookEventChanges,
  webhookEventChanges,
  withSampleAsText,
} from '#src/surfaces/api/schemas/webhook-events.ts';

const TYPE_TAKEN = 'The app has an event of this type already.';

const newEvent = jsonRead(postedWebhookEvent, async (call) =>
  parseInput(newWebhookEvent, withSampleAsText(await call.body())),
);
const changes = jsonRead(postedWebhookEventChanges, async (call) =>
  parseInput(webhookEventChanges, withSampleAsText(await call.body())),
);

type Parts = Pick<Container, 'webhookEvents'>;

export function webhookEventRoutes(routes: RouteTable, parts: Parts, find: Find): void {
  ofList(routes, parts, find);
  ofOne(routes, parts, find);
}

function ofList(routes: RouteTable, { webhookEvents }: Parts, find: Find): void {
  routes.at('/apps/:app/webhook_events', {
    get: operation({
      id: 'listWebhookEvents',
      right: 'see',
      summary: 'List the event types of an app',
      answers: { 200: listOf(webhookEventShape) },
      handle: async (call) => {
        const app = await find.app(call);
        const page = await readPage(call, (paging) => webhookEvents.list(app, paging));
        return pageOfTexts(page, (event) => presentWebhookEvent(event, app));
      },
    }),
    post: operation({
      id: 'createWebhookEvent',
      right: 'edit',
      summary: 'Create an event type',
      description: 'Messages name it. It must exist before the first message of its type.',
      body: newEvent,
      answers: { 201: webhookEventShape },
      errors: { 402: PLAN_LIMIT, 409: TYPE_TAKEN },
      handle: async (call, { body }) => {
        const app = await find.app(call);
        return { status: 201, text: presentWebhookEvent(await webhookEvents.create(app, body), app) };
      },
    }),
  });
}

function ofOne(routes: RouteTable, { webhookEvents }: Parts, find: Find): void {
  routes.at('/apps/:app/webhook_events/:event', {
    get: operation({
      id: 'getWebhookEvent',
      right: 'see',
      summary: 'Get an event type',
      answers: { 200: webhookEventShape },
      handle: async (call) => {
        const app = await find.app(call);
        const event = await webhookEvents.get(app, call.id('event'));
        return { status: 200, text: presentWebhookEvent(event, app) };
      },
    }),
    patch: operation({
      id: 'updateWebhookEvent',
      right: 'edit',
      summary: 'Change an event type',
      body: changes,
      answers: { 200: webhookEventShape },
      errors: { 402: PLAN_LIMIT, 409: TYPE_TAKEN },
      handle: async (call, { body }) => {
        const app = await find.app(call);
        const event = await webhookEvents.get(app, call.id('event'));
        return { status: 200, text: presentWebhookEvent(await webhookEvents.update(event, body), app) };
      },
    }),
    delete: operation({
      id: 'deleteWebhookEvent',
      right: 'delete',
      summary: 'Delete an event type',
      answers: { 204: nothing },
      handle: async (call) => {
        const app = await find.app(call);
        await webhookEvents.delete(await webhookEvents.get(app, call.id('event')));
        return noContent();
      },
    }),
  });
}
