import { z } from 'zod';
import type { PastEndpoint } from '#src/pipeline/routing/explanations.ts';
import { whyNotSent } from '#src/pipeline/routing/why-not-sent.ts';
import { REASON_SENTENCES } from '#src/domain/deliveries/state-labels.ts';
import { type Delivery, IGNORE_REASONS } from '#src/domain/deliveries/delivery.ts';
import type { Considered, Routable, SkipReason } from '#src/pipeline/routing/route.ts';
import { deliveryShape } from './message.ts';
import { id, named } from './shape.ts';

const verdict = {
  endpoint_id: id('The endpoint.'),
  subscription_id: id('Its subscription.'),
  url: z.string().meta({ examples: ['https://hooks.globex.example/orders'] }),
  verdict: z.enum(['sent', 'held', 'ignored', 'skipped']),
  reason: z
    .enum(['version', 'event_type', 'channel', 'held', ...IGNORE_REASONS])
    .nullable()
    .meta({ description: 'Why it is not sent; null if it is.', examples: [null] }),
  explanation: z.string().meta({ description: 'The same as a sentence.', examples: ['It would be sent.'] }),
};

export const consideredShape = named(
  'Considered',
  'Whether a message would go to an endpoint, and if not, why.',
  z.object({
    ...verdict,
    failed: z
      .array(z.string())
      .meta({ description: 'The parts of its filter that do not hold.', examples: [[]] }),
  }),
);

export const explainedShape = named(
  'Explained',
  'Whether a message was sent to an endpoint, and if not, why; and how its delivery fares.',
  z.object({
    ...verdict,
    url: verdict.url.nullable().describe('As it is now; null when the endpoint is gone.'),
    explanation: z.string().nullable().describe('The same as a sentence; null where nothing is known of it.'),
    delivery: deliveryShape
      .pick({ state: true, reason: true, attempts_made: true, next_attempt_at: true })
      .nullable(),
  }),
);

/** Shows whether a message would be routed to an endpoint; if not, also the reason and a remedy. */
export function presentConsidered(considered: Considered): z.output<typeof consideredShape> {
  const { endpoint, reason } = considered;
  const explanation = reason === null ? 'It would be sent.' : EXPLANATIONS[reason](endpoint);
  return { ...presentVerdict(considered), url: endpoint.url, explanation, failed: considered.failed ?? [] };
}

/** Shows whether a message was routed to an endpoint: the delivery's state, or the reason why there is none. */
export function presentExplained(
  considered: Considered<PastEndpoint>,
  delivery: Delivery | undefined,
): z.output<typeof explainedShape> {
  const { endpoint, reason } = considered;
  if (delivery?.reason != null) {
    const { reason: rule } = delivery;
    return {
      ...presentVerdict(considered),
      verdict: 'ignored',
      reason: rule,
      explanation: REASON_SENTENCES[rule],
      delivery: presentFare(delivery),
    };
  }
  return {
    ...presentVerdict(considered),
    explanation: reason === null ? whySent(delivery) : whyNotSent(reason, endpoint),
    delivery: delivery === undefined ? null : presentFare(delivery),
  };
}

function presentVerdict({
  endpoint,
  reason,
}: Considered<PastEndpoint>): Omit<z.output<typeof explainedShape>, 'explanation' | 'delivery'> {
  return {
    endpoint_id: endpoint.id,
    subscription_id: endpoint.subscriptionId,
    url: endpoint.url,
    verdict: reason === null ? 'sent' : VERDICTS[reason],
    reason,
  };
}

const VERDICTS = {
  version: 'skipped',
  event_type: 'skipped',
  channel: 'skipped',
  filtered: 'ignored',
  held: 'held',
} as const satisfies Record<SkipReason, string>;

const EXPLANATIONS: Record<SkipReason, (endpoint: Routable) => string> = {
  version: ({ version }) => `The endpoint takes version "${version}" and no other.`,
  event_type: () => 'The endpoint has not enabled this event type.',
  channel: () => 'The endpoint has none of the message’s channels.',
  filtered: () =>
    'The endpoint’s filter does not match. The message would be kept, and a replay can send it.',
  held: ({ inactiveReason }) =>
    inactiveReason === null
      ? 'The endpoint was turned off by hand. The message would be kept until it is replayed.'
      : 'We turned the endpoint off because it failed. The message would be kept until it is replayed.',
};

function whySent(delivery: Delivery | undefined): string {
  return delivery === undefined
    ? 'It was sent as a test.'
    : 'The endpoint was on, and took this event type and version.';
}

const presentFare = ({ state, reason, attemptsMade, nextAttemptAt }: Delivery) => ({
  state,
  reason,
  attempts_made: attemptsMade,
  next_attempt_at: nextAttemptAt,
});
