import type { App } from '#src/domain/apps/app.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import type { Container } from '#src/container.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import { findEndpoint } from '#src/domain/endpoints/account-endpoints.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { messageSentBy } from '#src/domain/transformations/as-sent.ts';
import { webhookBody } from '#src/domain/messages/message.ts';
import { sentenceOf } from './attempt-sentence.ts';
import { attemptBadge, deliveryBadge, resultOf } from './badges.ts';
import { payloadOf } from './payload-view.ts';
import { sentHeaders } from './sent-headers.ts';

const SHOWN_SIBLINGS = 100;

type Parts = Pick<
  Container,
  'attempts' | 'config' | 'executions' | 'endpoints' | 'messages' | 'models' | 'pool'
>;

/** What is known of an attempt: its message and endpoint while they are kept, its delivery, and the other attempts. */
export async function readAttempt(
  container: Parts,
  app: App,
  attempt: LoggedAttempt,
  { hidesValues = false } = {},
) {
  const { accountId, messageId, endpointId } = attempt;
  const [message, endpoint, siblings] = await Promise.all([
    container.messages.get(app, messageId).catch(ignoreMissing),
    findEndpoint(container, accountId, endpointId),
    container.attempts.page(app, { messageId, endpointId }, { limit: SHOWN_SIBLINGS, offset: 0 }),
  ]);
  const deliveries = message === null ? [] : await deliveriesOf(container.pool, message);
  // None of a test, or of a message that is no longer kept.
  const delivery = deliveries.find((one) => one.endpointId === endpointId);
  const { executionId } = attempt;
  const executions = await container.executions.byIds(accountId, executionId === null ? [] : [executionId]);
  const sent = messageSentBy(attempt, message ?? undefined, executions);
  const headers =
    sent === undefined || endpoint === null
      ? []
      : sentHeaders({ container, app, endpoint, message: sent, attempt, hidesValues });
  const execution = executionId === null ? undefined : executions.get(executionId);
  return {
    message,
    endpoint,
    delivery,
    siblings: siblings.toReversed(),
    request: sent === undefined ? null : { headers, body: webhookBody(sent) },
    transformation: executionId === null ? null : { execution },
  };
}

/** An attempt as the partials show it. */
export function attemptView(attempt: LoggedAttempt, { url, timeoutMs }: { url: string; timeoutMs: number }) {
  return {
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
    timeoutMs,
    nextAttemptAt: attempt.nextAttemptAt,
    deliveryId: deliveryId(attempt.messageId, attempt.endpointId),
    statusCode: attempt.statusCode,
  };
}

export const deliveryView = (delivery: Delivery) => ({
  badge: deliveryBadge(delivery),
  isHeld: delivery.state === 'held',
  nextAttempt:
    delivery.nextAttemptAt === null
      ? null
      : { number: delivery.attemptsMade + 1, at: delivery.nextAttemptAt },
});

export const responseView = ({ responseHeaders, responseBody }: LoggedAttempt) => ({
  headers: responseHeaders ?? [],
  payload: payloadOf(responseBody ?? ''),
});

/** The attempts of a delivery, of which `currentId` is shown. */
export function timelineOf(siblings: LoggedAttempt[], currentId: string, hrefOf: (id: string) => string) {
  return siblings.map((sibling) => ({
    href: hrefOf(sibling.id),
    isCurrent: sibling.id === currentId,
    at: sibling.attemptedAt,
    attemptNumber: sibling.attemptNumber,
    trigger: sibling.trigger,
    badge: attemptBadge(sibling),
    result: resultOf(sibling),
    durationMs: Math.round(sibling.durationMs),
  }));
}

function ignoreMissing(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
