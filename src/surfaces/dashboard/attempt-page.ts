import type { App } from '#src/domain/apps/app.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import type { Container } from '#src/container.ts';
import type { Execution } from '#src/domain/transformations/transformation.ts';
import { wasRefused } from '#src/domain/signature-doctor/examine-answer.ts';
import { urlOfAttempt } from '#src/domain/endpoints/endpoint-since.ts';
import {
  attemptView,
  deliveryView,
  readAttempt,
  responseView,
  timelineOf,
} from '#src/surfaces/html/attempt-view.ts';
import { payloadOf } from '#src/surfaces/html/payload-view.ts';
import { curlOfRequest } from '#src/surfaces/html/curl-of-request.ts';
import { urlOf } from './attempt-curl.ts';
import { deliveryAction } from './delivery-action.ts';
import { storyHref } from './delivery-page.ts';
import { receivedBy } from './received-by.ts';

/** One attempt with its request, its response, and the other attempts of the same delivery. */
export async function attemptModel(
  container: Pick<
    Container,
    'attempts' | 'config' | 'endpoints' | 'executions' | 'hookHelpers' | 'messages' | 'models' | 'pool'
  >,
  app: App,
  attempt: LoggedAttempt,
) {
  const { message, endpoint, delivery, numbered, siblings, request, transformation } = await readAttempt(
    container,
    app,
    attempt,
  );
  const wasElsewhere = endpoint !== null && urlOfAttempt(endpoint, attempt) === null;
  const received = wasElsewhere
    ? null
    : await receivedBy(container, { app, endpoint, messageId: attempt.messageId });
  return {
    attempt: attemptView(numbered, { endpoint, timeoutMs: container.config.delivery.timeoutMs }),
    message: message === null ? null : { id: message.id, href: `/apps/${app.id}/messages/${message.id}` },
    endpoint: endpoint && { url: endpoint.url, href: `/apps/${app.id}/endpoints/${endpoint.id}` },
    received: received && { ...received, arrival: received.arrivalOf(attempt) },
    signatureHref: endpoint === null ? null : signatureHref(attempt),
    delivery:
      delivery === undefined
        ? null
        : { ...deliveryView(delivery), action: deliveryAction(delivery, endpoint ?? undefined) },
    storyHref: message === null ? null : storyHref(attempt),
    request: request === null ? null : { headers: request.headers, payload: payloadOf(request.body) },
    curl:
      request === null || endpoint === null
        ? null
        : curlOfRequest({ ...request, url: urlOf(endpoint.url), bodyFile: `${attempt.messageId}.json` }),
    transformation: transformation && {
      href: transformation.execution === undefined ? null : executionHref(transformation.execution),
    },
    response: responseView(attempt),
    timeline: timelineOf(siblings, attempt.id, (id) => `/apps/${app.id}/webhook_attempts/${id}`),
  };
}

const executionHref = ({ appId, transformationId, id }: Execution) =>
  `/apps/${appId}/transformations/${transformationId}?execution=${id}#execution`;

/** The check of its signature, where the answer is one that refuses it. */
function signatureHref(attempt: LoggedAttempt): string | null {
  const { appId, endpointId, id } = attempt;
  return wasRefused(attempt) ? `/apps/${appId}/endpoints/${endpointId}/signature?attempt=${id}` : null;
}
