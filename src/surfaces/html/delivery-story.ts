import type { App } from '#src/domain/apps/app.ts';
import { attemptsOfDelivery } from '#src/domain/attempts/attempts-of-delivery.ts';
import {
  type DeliveryOfAttempts,
  nameOfAttempt,
  type NumberedAttempt,
} from '#src/domain/attempts/numbered-attempt.ts';
import type { Container } from '#src/container.ts';
import { deliveriesAt } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import { REASON_SENTENCES } from '#src/domain/deliveries/state-labels.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Since } from '#src/domain/endpoints/endpoint-since.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { whyNotSent } from '#src/pipeline/routing/why-not-sent.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { sentenceOf } from './attempt-sentence.ts';
import { attemptBadge, type Badge, deliveryBadge, resultOf } from './badges.ts';
import { phasesOf } from './phases.ts';

type Parts = Pick<Container, 'endpoints' | 'explanations' | 'pool'>;

/** All that is known of a message at one endpoint. */
export interface DeliveryStory {
  message: Message;
  endpointId: string;
  /** Null: it was deleted. */
  endpoint: EndpointWithParents | null;
  /** Undefined where there is none: it was not routed there, or sent as a test. */
  delivery: Delivery | undefined;
  /** Why routing left the endpoint out, as a sentence; null: it did not. */
  whyNot: string | null;
  /** Those of the page, newest first. */
  attempts: NumberedAttempt[];
  /** How many are newer than those of the page. */
  offset: number;
  /** The newest of all, whatever the page; undefined: there is none. */
  latest: NumberedAttempt | undefined;
  /** How many there are. */
  total: number;
}

/**
 * Reads the story, with a page of its attempts: the last one, if it has fewer. Throws NotFound when the message never
 * had to do with the endpoint.
 */
export async function readStory(
  { endpoints, explanations, pool }: Parts,
  app: App,
  asked: { message: Message; endpointId: string; page: { limit: number; offset: number } },
): Promise<DeliveryStory> {
  const { message, endpointId, page } = asked;
  if (!isUuid(endpointId)) throw new NotFound('There is no such delivery.');
  const { accountId, id: messageId } = message;
  const [found, deliveries, { attempts, offset, latest, total }] = await Promise.all([
    endpoints.findOfApp(app, endpointId),
    deliveriesAt(pool, accountId, { messages: [message], endpointIds: [endpointId] }),
    pageOfAttempts(pool, { accountId, messageId, endpointId }, page),
  ]);
  // Another one may have the id as its uid.
  const endpoint = found?.id === endpointId ? found : null;
  const delivery = deliveries.get(messageId)?.find((one) => one.endpointId === endpointId);
  const isKnown = delivery !== undefined || total > 0;
  const whyNot = isKnown ? null : await whyNotRouted(explanations, { message, endpointId, endpoint });
  return { message, endpointId, endpoint, delivery, whyNot, attempts, offset, latest, total };
}

async function pageOfAttempts(
  pool: Parts['pool'],
  of: DeliveryOfAttempts,
  { limit, offset: asked }: { limit: number; offset: number },
) {
  const { rows: newest, total } = await attemptsOfDelivery(pool, of, { limit, offset: 0 });
  const offset = Math.min(asked, Math.floor(Math.max(0, total - 1) / limit) * limit);
  const attempts = offset === 0 ? newest : (await attemptsOfDelivery(pool, of, { limit, offset })).rows;
  return { attempts, offset, latest: newest[0], total };
}

/** Null where routing did not leave it out. Throws NotFound for what is no endpoint of the app, and was none then. */
async function whyNotRouted(
  explanations: Parts['explanations'],
  { message, endpointId, endpoint }: Pick<DeliveryStory, 'endpoint' | 'endpointId' | 'message'>,
): Promise<string | null> {
  const considered = await explanations.explain(message);
  const one = considered.find((other) => other.endpoint.id === endpointId);
  if (one !== undefined) return one.reason === null ? null : whyNotSent(one.reason, one.endpoint);
  if (endpoint === null) throw new NotFound('There is no such delivery.');
  return message.endpointId === null && message.subscriptionId === null
    ? 'The endpoint was not there when the message came.'
    : 'The message was posted to others alone.';
}

/** The state, in a badge and a sentence. */
export function outcomeOf({ delivery, latest, endpoint, whyNot }: DeliveryStory): {
  badge: Badge;
  text: string;
} {
  const said = latest === undefined ? '' : `${sentenceOf(latest, endpoint)} `;
  if (delivery === undefined) {
    if (latest !== undefined)
      return { badge: attemptBadge(latest), text: `${said}It was a test, which is not repeated.` };
    return {
      badge: { tone: 'neutral', label: 'Not sent' },
      text: whyNot ?? 'It was not sent to this endpoint.',
    };
  }
  return {
    badge: deliveryBadge(delivery),
    text: `${said}${SENTENCES[delivery.state](delivery, endpoint)}`.trim(),
  };
}

const SENTENCES: Record<
  Delivery['state'],
  (delivery: Delivery, endpoint: EndpointWithParents | null) => string
> = {
  pending: ({ nextAttemptAt }) =>
    nextAttemptAt === null ? 'The first attempt is about to be made.' : 'It is to be sent later.',
  scheduled: (_, endpoint) =>
    endpoint?.pausedAt != null && endpoint.status === 'active'
      ? 'It waits, because the endpoint is paused.'
      : 'Another attempt follows by itself.',
  delivered: () => 'The delivery is done.',
  failed: () => 'No further attempt follows by itself.',
  held: (_, endpoint) =>
    endpoint === null
      ? 'It was held, and then the endpoint was deleted, so it is not sent.'
      : endpoint.status === 'active'
        ? 'It is held, because the endpoint was off. A replay sends it.'
        : 'It is held, because the endpoint is off. Turn that on, and replay it.',
  ignored: ({ reason }) => (reason === null ? 'A rule keeps it from being sent.' : REASON_SENTENCES[reason]),
  discarded: () => 'The endpoint was deleted, so nothing more is sent.',
};

/** An attempt as a part of the story. */
export const attemptPart = (attempt: NumberedAttempt, endpoint: Since | null) => ({
  id: attempt.id,
  name: nameOfAttempt(attempt),
  at: attempt.attemptedAt,
  badge: attemptBadge(attempt),
  result: resultOf(attempt),
  sentence: sentenceOf(attempt, endpoint),
  durationMs: Math.round(attempt.durationMs),
  phases: phasesOf(attempt),
  wasRepeated: attempt.wasRepeated,
});
