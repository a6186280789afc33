import type { App } from '#src/domain/apps/app.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import type { Container } from '#src/container.ts';
import { findEndpoint } from '#src/domain/endpoints/account-endpoints.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { attemptBadge, deliveryBadge, resultOf } from '#src/surfaces/html/badges.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { webhookBody } from '#src/domain/messages/message.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import { wasRefused } from '#src/domain/signature-doctor/examine-answer.ts';
import { sentenceOf } from '#src/surfaces/html/attempt-sentence.ts';
import { sentHeaders } from '#src/surfaces/html/sent-headers.ts';
import { replayChoice } from './delivery-replay.ts';
import { payloadOf } from '#src/surfaces/html/payload-view.ts';

const SHOWN_SIBLINGS = 100;

/** One attempt with its request, its response, and the other attempts of the same delivery. */
export async function readAttempt(
  container: Pick<Container, 'attempts' | 'config' | 'endpoints' | 'messages' | 'models' | 'pool'>,
  app: App,
  attempt: LoggedAttempt,
) {
  const { accountId, messageId, endpointId } = attempt;
  const [message, endpoint, ofMessage] = await Promise.all([
    container.messages.get(app, messageId).catch(ignoreMissing),
    findEndpoint(container, accountId, endpointId),
    container.attempts.page(app, { messageId, endpointId }, { limit: SHOWN_SIBLINGS, offset: 0 }),
  ]);
  const url = endpoint?.url ?? '';
  const deliveries = message === null ? [] : await deliveriesOf(container.pool, message);
  const delivery = deliveries.find((one) => one.endpointId === endpointId);
  return {
    attempt: {
      id: attempt.id,
      at: attempt.attemptedAt,
      eventType: attempt.eventType,
      badge: attemptBadge(attempt),
      wasFollowed: attempt.wasFollowed,
      result: resultOf(attempt),
      sentence: sentenceOf(attempt, url),
      attemptNumber: attempt.attemptNumber,
      trigger: attempt.trigger,
      wasRepeated: attempt.wasRepeated,
      durationMs: Math.round(attempt.durationMs),
      timeoutMs: container.config.delivery.timeoutMs,
      nextAttemptAt: attempt.nextAttemptAt,
      deliveryId: deliveryId(messageId, endpointId),
      statusCode: attempt.statusCode,
    },
    message: message === null ? null : { id: message.id, href: `/apps/${app.id}/messages/${message.id}` },
    endpoint: endpoint === null ? null : { url, href: `/apps/${app.id}/endpoints/${endpoint.id}` },
    signatureHref: endpoint === null ? null : signatureHref(attempt),
    // None of a test, or of a message that is no longer kept.
    delivery: delivery === undefined ? null : deliveryModel(delivery, endpoint),
    request:
      message === null
        ? null
        : {
            headers: endpoint === null ? [] : sentHeaders({ container, app, endpoint, message, attempt }),
            payload: payloadOf(webhookBody(message)),
          },
    response: {
      headers: attempt.responseHeaders ?? [],
      payload: payloadOf(attempt.responseBody ?? ''),
    },
    timeline: [...ofMessage].reverse().map((sibling) => timelineEntry(sibling, attempt.id)),
  };
}

function deliveryModel(delivery: Delivery, endpoint: Endpoint | null) {
  const { attemptsMade, nextAttemptAt, state } = delivery;
  return {
    badge: deliveryBadge(delivery),
    isHeld: state === 'held',
    nextAttempt: nextAttemptAt === null ? null : { number: attemptsMade + 1, at: nextAttemptAt },
    replay: replayChoice(delivery, endpoint ?? undefined),
  };
}

/** The check of its signature, where the answer is one that refuses it. */
function signatureHref(attempt: LoggedAttempt): string | null {
  const { appId, endpointId, id } = attempt;
  return wasRefused(attempt) ? `/apps/${appId}/endpoints/${endpointId}/signature?attempt=${id}` : null;
}

function timelineEntry(sibling: LoggedAttempt, currentId: string) {
  return {
    href: `/apps/${sibling.appId}/webhook_attempts/${sibling.id}`,
    isCurrent: sibling.id === currentId,
    at: sibling.attemptedAt,
    attemptNumber: sibling.attemptNumber,
    trigger: sibling.trigger,
    badge: attemptBadge(sibling),
    result: resultOf(sibling),
    durationMs: Math.round(sibling.durationMs),
  };
}

function ignoreMissing(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
