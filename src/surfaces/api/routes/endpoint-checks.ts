import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import type { Container } from '#src/container.ts';
import { createAttemptPages } from '#src/surfaces/api/attempt-pages.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import { attemptShape } from '#src/surfaces/api/presenters/attempt.ts';
import { USED_UP, withSampleRateHeaders } from '#src/surfaces/api/with-rate-headers.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newTest } from '#src/surfaces/api/schemas/endpoints.ts';

type Parts = Pick<
  Container,
  | 'apps'
  | 'config'
  | 'executions'
  | 'directory'
  | 'messages'
  | 'pool'
  | 'sampleRate'
  | 'sampleSender'
  | 'webhookEvents'
>;

/** Tests of an endpoint. */
export function endpointCheckRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { apps, sampleSender, webhookEvents } = container;
  const { presentOne } = createAttemptPages(container);
  const path = '/endpoints/:endpoint';

  routes.ofSubscription(`${path}/test`, {
    post: withSampleRateHeaders(
      container,
      operation({
        id: 'testEndpoint',
        right: 'replay',
        summary: 'Send a sample to an endpoint now',
        description:
          'The sample payload of the event type, past all queues. Answers how it went. A test counts as a message; an account may send 60 a minute, five at once.',
        body: json(newTest),
        answers: { 200: attemptShape },
        errors: { 402: USED_UP },
        handle: async (call, { body: { event_type: type } }) => {
          const endpoint = await find.endpointOfSubscription(call);
          const { accountId, appId, id: endpointId } = endpoint;
          const event = await webhookEvents.getByType({ accountId, id: appId }, type);
          const dataText = sampleOf(event, endpoint.version);
          const attempt = await sampleSender.send({
            accountId,
            appId,
            endpointId,
            eventType: type,
            dataText,
          });
          return presentOne(await apps.get(accountId, appId), attempt);
        },
      }),
    ),
  });
}
