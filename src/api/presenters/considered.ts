import type { PastEndpoint } from '../../messages/explanations.ts';
import type { Delivery } from '../../messages/messages.ts';
import { whyNotSent } from '../../messages/why-not-sent.ts';
import type { Considered, Routable, SkipReason } from '../../pipeline/route.ts';

/** Whether a message would go to an endpoint, and if not, why, and what to do about it. */
export function presentConsidered(considered: Considered) {
  const { endpoint, reason } = considered;
  const explanation = reason === null ? 'It would be sent.' : EXPLANATIONS[reason](endpoint);
  return { ...presentVerdict(considered), explanation };
}

/** Whether a message was sent to an endpoint, and if not, why; and how its delivery fares. */
export function presentExplained(considered: Considered<PastEndpoint>, delivery: Delivery | undefined) {
  const { endpoint, reason } = considered;
  return {
    ...presentVerdict(considered),
    explanation: reason === null ? whySent(delivery) : whyNotSent(reason, endpoint),
    delivery: delivery === undefined ? null : presentFare(delivery),
  };
}

function presentVerdict({ endpoint, reason }: Considered<PastEndpoint>) {
  return {
    endpoint_id: endpoint.id,
    subscription_id: endpoint.subscriptionId,
    url: endpoint.url,
    verdict: reason === null ? 'sent' : reason === 'held' ? 'held' : 'skipped',
    reason,
  };
}

const EXPLANATIONS: Record<SkipReason, (endpoint: Routable) => string> = {
  version: ({ version }) => `The endpoint takes version "${version}" and no other.`,
  event_type: () => 'The endpoint has not enabled this event type.',
  inactive: () => 'The endpoint was turned off by hand. Turn it on to send to it.',
  held: () => 'We turned the endpoint off because it failed. The message would be kept until it is replayed.',
};

function whySent(delivery: Delivery | undefined): string {
  return delivery === undefined
    ? 'It was sent as a test.'
    : 'The endpoint was on, and took this event type and version.';
}

const presentFare = ({ state, attemptsMade, nextAttemptAt }: Delivery) => ({
  state,
  attempts_made: attemptsMade,
  next_attempt_at: nextAttemptAt,
});
