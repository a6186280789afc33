import type { Request } from 'express';
import { countedOf } from '#src/domain/deliveries/message-outcome.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import type { PastEndpoint } from '#src/pipeline/routing/explanations.ts';
import { whyNotSent } from '#src/pipeline/routing/why-not-sent.ts';
import { type Message, messageCreatedAt } from '#src/domain/messages/message.ts';
import type { Considered, SkipReason } from '#src/pipeline/routing/route.ts';
import { appHead } from './apps.ts';
import { attemptRows } from './attempt-presenter.ts';
import { endpointNames } from './endpoint-names.ts';
import { readDeliveries } from './message-deliveries.ts';
import { outcomeOf } from './message-presenter.ts';
import type { Notice } from './frame/notices.ts';
import { payloadOf } from '#src/surfaces/html/payload-view.ts';

/** Of a message to many endpoints, the rows of its deliveries tell enough. */
const MOST_WITH_ATTEMPTS = 10;
const SHOWN_ATTEMPTS = 25;
const SHOWN_SKIPPED = 25;

interface MessagePage {
  app: App;
  message: Message;
  notice: Notice | undefined;
  query: Request['query'];
}

/** The model of a message's page: its deliveries, the endpoints that were skipped and why, and its attempts. */
export async function readMessage(
  container: Pick<Container, 'attempts' | 'clock' | 'explanations' | 'models' | 'pool'>,
  { app, message, notice, query }: MessagePage,
) {
  const [deliveries, considered, latest] = await Promise.all([
    deliveriesOf(container.pool, message),
    container.explanations.explain(message),
    container.attempts.page(app, { messageId: message.id }, { limit: SHOWN_ATTEMPTS, offset: 0 }),
  ]);
  const skipped = skippedByReason(considered);
  const shown = skipped.slice(0, SHOWN_SKIPPED);
  const names = await endpointNames(
    container,
    shown.map(({ id: endpointId }) => ({ ...message, endpointId })),
  );
  return {
    app: appHead(app),
    message: messageHead(message),
    payload: payloadOf(message.data),
    outcome: deliveries.length === 0 ? null : outcomeOf(countedOf(deliveries)),
    deliveries: await readDeliveries(container, { message, deliveries, query }),
    skipped: shown.map(({ id, why }) => ({ endpoint: names(id), why })),
    skippedMore: skipped.length - shown.length,
    // A test message has no delivery, because it is sent to its endpoint without routing.
    wasTest: deliveries.length === 0 && considered.some(({ reason }) => reason === null),
    isWaiting: deliveries.some(({ state }) => state === 'pending'),
    cancellable: countCancellable(message, deliveries, container.clock.now()),
    hasAttempts: deliveries.length <= MOST_WITH_ATTEMPTS,
    attempts: await attemptRows(container, latest),
    isAttemptsCut: latest.length === SHOWN_ATTEMPTS,
    // Without deliveries the page says itself that the message goes nowhere.
    notice: deliveries.length === 0 ? undefined : notice,
  };
}

/** What a cancel would keep from being sent: what is scheduled, and all of a message that is to be sent later. */
function countCancellable({ deliverAt }: Message, deliveries: Delivery[], now: number): number {
  const isLater = deliverAt !== null && deliverAt.getTime() > now;
  return deliveries.filter(({ state }) => state === 'scheduled' || (isLater && state === 'pending')).length;
}

/** A version first, because it surprises more than an event type that was not enabled. */
const ORDER: SkipReason[] = ['version', 'event_type', 'channel'];

/** The skipped endpoints, by reason. An endpoint that the message is held for counts as a delivery. */
function skippedByReason(considered: Considered<PastEndpoint>[]): { id: string; why: string }[] {
  return ORDER.flatMap((reason) =>
    considered
      .filter((one) => one.reason === reason)
      .map(({ endpoint }) => ({ id: endpoint.id, why: whyNotSent(reason, endpoint) })),
  );
}

function messageHead(message: Message) {
  const { id, eventType, eventId, version, overridePayload, contentType, deliverAt } = message;
  const href = `/apps/${message.appId}/messages/${id}`;
  const createdAt = messageCreatedAt(message);
  return { id, href, eventType, eventId, version, overridePayload, contentType, deliverAt, createdAt };
}
