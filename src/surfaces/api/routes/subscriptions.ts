import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { listOf, nothing, type Operation, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import { presentSubscription, subscriptionShape } from '#src/surfaces/api/presenters/subscription.ts';
import { PAGING_OF_ONE } from '#src/surfaces/api/quirks.ts';
import { PLAN_LIMIT, UID_TAKEN } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newSubscription, subscriptionChanges } from '#src/surfaces/api/schemas/subscriptions.ts';

type Parts = Pick<Container, 'apps' | 'subscriptions'>;

export function subscriptionRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { subscriptions } = container;

  routes.at('/apps/:app/subscriptions', {
    get: operation({
      id: 'listSubscriptions',
      right: 'see',
      summary: 'List the subscriptions of an app',
      answers: { 200: listOf(subscriptionShape) },
      handle: async (call) => {
        const app = await find.app(call);
        const page = await readPage(call, (paging) => subscriptions.list(app, paging));
        return pageOf(page, (subscription) => presentSubscription(subscription, app));
      },
    }),
    post: operation({
      id: 'createSubscription',
      right: 'edit',
      summary: 'Create a subscription',
      body: json(newSubscription),
      answers: { 201: subscriptionShape },
      errors: { 402: PLAN_LIMIT, 409: UID_TAKEN },
      handle: async (call, { body }) => {
        const app = await find.app(call);
        return created(presentSubscription(await subscriptions.create(app, body), app));
      },
    }),
  });

  oneSubscription(routes, container, find);
}

function oneSubscription(routes: RouteTable, container: Parts, find: Find): void {
  const { apps, subscriptions } = container;
  routes.ofSubscription(
    '',
    {
      get: operation({
        id: 'getSubscription',
        right: 'see',
        summary: 'Get a subscription',
        ignoredParameters: PAGING_OF_ONE,
        answers: { 200: subscriptionShape },
        handle: async (call) => {
          const subscription = await find.subscription(call);
          const app = await apps.get(call.accountId, subscription.appId);
          return ok(presentSubscription(subscription, app));
        },
      }),
      patch: operation({
        id: 'updateSubscription',
        right: 'edit',
        summary: 'Change a subscription',
        body: json(subscriptionChanges),
        answers: { 200: subscriptionShape },
        errors: { 409: UID_TAKEN },
        handle: async (call, { body }) => {
          const subscription = await find.subscription(call);
          const app = await apps.get(call.accountId, subscription.appId);
          return ok(presentSubscription(await subscriptions.update(subscription, body), app));
        },
      }),
      delete: operation({
        id: 'deleteSubscription',
        right: 'delete',
        summary: 'Delete a subscription',
        description: 'With its endpoints. Deliveries to them stop at once.',
        answers: { 204: nothing },
        handle: async (call) => {
          await subscriptions.delete(await find.subscription(call));
          return noContent();
        },
      }),
    },
    { put: put(container, find) },
  );
}

function put({ subscriptions }: Pick<Container, 'subscriptions'>, find: Find): Operation {
  return operation({
    id: 'putSubscription',
    right: 'edit',
    summary: 'Create or change a subscription by your own id',
    body: json(subscriptionChanges),
    answers: {
      200: { shape: subscriptionShape, description: 'It was there, and is now like this.' },
      201: { shape: subscriptionShape, description: 'It was made.' },
    },
    errors: { 402: PLAN_LIMIT, 409: UID_TAKEN },
    handle: async (call, { body }) => {
      const uid = call.uid('subscription');
      const app = await find.app(call);
      const { subscription, isNew } = await subscriptions.put(app, uid, body);
      return (isNew ? created : ok)(presentSubscription(subscription, app));
    },
  });
}
