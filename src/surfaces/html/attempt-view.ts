import type { App } from '#src/domain/apps/app.ts';
import { attemptsOfDelivery, replayOfAttempt } from '#src/domain/attempts/attempts-of-delivery.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import { nameOfAttempt, type NumberedAttempt } from '#src/domain/attempts/numbered-attempt.ts';
import type { Container } from '#src/container.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import { findEndpoint } from '#src/domain/endpoints/account-endpoints.ts';
import { type Since, changedAfter } from '#src/domain/endpoints/endpoint-since.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { messageSentBy } from '#src/domain/transformations/as-sent.ts';
import { webhookBody } from '#src/domain/messages/message.ts';
import { sentenceOf } from './attempt-sentence.ts';
import { attemptBadge, deliveryBadge, resultOf } from './badges.ts';
import { payloadOf } from './payload-view.ts';
import { phasesOf } from './phases.ts';
import { sentHeaders } from './sent-headers.ts';

const SHOWN_SIBLINGS = 100;

type Parts = Pick<Container, 'config' | 'executions' | 'endpoints' | 'messages' | 'models' | 'pool'>;

/** What is known of an attempt: its message and endpoint while they are kept, its delivery, and the other attempts. */
export async function readAttempt(container: Parts, app: App, attempt: LoggedAttempt) {
  const { accountId, messageId, endpointId } = attempt;
  const [message, endpoint, { rows: siblings }, replay] = await Promise.all([
    container.messages.get(app, messageId).catch(ignoreMissing),
    findEndpoint(container, accountId, endpointId),
    attemptsOfDelivery(container.pool, attempt, { limit: SHOWN_SIBLINGS, offset: 0 }),
    replayOfAttempt(container.pool, attempt),
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
      : sentHeaders({ container, app, endpoint, message: sent, attempt });
  const execution = executionId === null ? undefined : executions.get(executionId);
  return {
    message,
    endpoint,
    delivery,
    numbered: { ...attempt, replay },
    siblings: siblings.toReversed(),
    request: sent === undefined ? null : { headers, body: webhookBody(sent) },
    transformation: executionId === null ? null : { execution },
  };
}

/** An attempt as the partials show it. `endpoint`: null where it was deleted. */
export function attemptView(
  attempt: NumberedAttempt,
  { endpoint, timeoutMs }: { endpoint: Since | null; timeoutMs: number },
) {
  return {
    id: attempt.id,
    name: nameOfAttempt(attempt),
    at: attempt.attemptedAt,
    eventType: attempt.eventType,
    phases: phasesOf(attempt),
    badge: attemptBadge(attempt),
    wasFollowed: attempt.wasFollowed,
    result: resultOf(attempt),
    sentence: sentenceOf(attempt, endpoint),
    changed: endpoint === null ? null : changedAfter(endpoint, attempt),
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
export function timelineOf(siblings: NumberedAttempt[], currentId: string, hrefOf: (id: string) => string) {
  return siblings.map((sibling) => ({
    href: hrefOf(sibling.id),
    isCurrent: sibling.id === currentId,
    at: sibling.attemptedAt,
    name: nameOfAttempt(sibling),
    badge: attemptBadge(sibling),
    result: resultOf(sibling),
    durationMs: Math.round(sibling.durationMs),
  }));
}

function ignoreMissing(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
