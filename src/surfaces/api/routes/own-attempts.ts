import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { createAttemptPages } from '#src/surfaces/api/attempt-pages.ts';
import { json } from '#src/surfaces/api/body.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, operation } from '#src/surfaces/api/operation.ts';
import { readPage } from '#src/surfaces/api/page.ts';
import { attemptShape } from '#src/surfaces/api/presenters/attempt.ts';
import { presentReplay, replayShape } from '#src/surfaces/api/presenters/replay.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newOwnTest } from '#src/surfaces/api/schemas/endpoints.ts';
import { newReplay } from '#src/surfaces/api/schemas/replays.ts';
import { oneReplay } from './replays.ts';
import { withSampleRateHeaders } from '#src/surfaces/api/with-rate-headers.ts';

type Parts = Pick<
  Container,
  | 'attempts'
  | 'config'
  | 'executions'
  | 'directory'
  | 'messages'
  | 'ownEndpoints'
  | 'replays'
  | 'sampleRate'
  | 'sampleSender'
  | 'webhookEvents'
>;

/** Tests of the endpoints at which an account hears of itself, and the log of what was sent to them. */
export function ownAttemptRoutes(routes: RouteTable, container: Parts): void {
  const { attempts, ownEndpoints, sampleSender, webhookEvents } = container;
  const { presentOne, presentPage } = createAttemptPages(container);

  routes.at('/account/webhook_endpoints/:webhook_endpoint/test', {
    post: withSampleRateHeaders(
      container,
      operation({
        id: 'testWebhookEndpoint',
        right: 'replay',
        summary: 'Send a sample of what you hear of your account',
        description: 'Answers how it went. An account may send 60 tests a minute, five at once.',
        body: json(newOwnTest),
        answers: { 200: attemptShape },
        handle: async (call, { body: { event_type: eventType } }) => {
          const endpoint = await ownEndpoints.get(call.accountId, call.id('webhook_endpoint'));
          const app = await ownEndpoints.app();
          const dataText = sampleOf(await webhookEvents.getByType(app, eventType), endpoint.version);
          const { accountId, appId, id: endpointId } = endpoint;
          const sample = { accountId, appId, endpointId, eventType, dataText };
          return presentOne(app, await sampleSender.send({ ...sample, onBehalfOf: call.accountId }));
        },
      }),
    ),
  });

  replaysOfOwn(routes, container);

  routes.at('/account/webhook_attempts', {
    get: operation({
      id: 'listOwnWebhookAttempts',
      right: 'see',
      summary: 'List what was sent to the endpoints that hear of your account',
      answers: { 200: listOf(attemptShape) },
      handle: (call) =>
        limitHeavyReads(call, async () => {
          const [app, subscription] = await Promise.all([
            ownEndpoints.app(),
            ownEndpoints.subscription(call.accountId),
          ]);
          const page = await readPage<Attempt>(call, async (paging) =>
            subscription === null ? [] : attempts.page(app, { subscriptionId: subscription.id }, paging),
          );
          return presentPage(app, page);
        }),
    }),
  });
}

function replaysOfOwn(routes: RouteTable, container: Pick<Container, 'ownEndpoints' | 'replays'>): void {
  const { ownEndpoints, replays } = container;

  routes.at('/account/webhook_endpoints/:webhook_endpoint/replay', {
    post: operation({
      id: 'replayWebhookEndpoint',
      right: 'replay',
      summary: 'Replay what an endpoint that hears of your account missed',
      description: 'In the background, from the oldest on; what was delivered meanwhile is not sent twice.',
      body: json(newReplay),
      answers: { 202: replayShape },
      errors: { 409: 'The endpoint is off, or is being replayed already.' },
      handle: async (call, { body: filter }) => {
        const endpoint = await ownEndpoints.get(call.accountId, call.id('webhook_endpoint'));
        return { ...ok(presentReplay(await replays.start(endpoint, filter))), status: 202 };
      },
    }),
  });

  routes.at(
    '/account/webhook_endpoints/:webhook_endpoint/replays/:webhook_replay',
    oneReplay(container, {
      ids: { get: 'getWebhookEndpointReplay', cancel: 'cancelWebhookEndpointReplay' },
      what: 'a replay of your own webhooks',
      find: async (call) => ({
        endpoint: await ownEndpoints.get(call.accountId, call.id('webhook_endpoint')),
        id: call.id('webhook_replay'),
      }),
    }),
  );
}
