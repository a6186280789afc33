import type { Considered, SkipReason } from '../../pipeline/route.ts';

/** Whether a message would go to an endpoint, and if not, why, and what to do about it. */
export function presentConsidered({ endpoint, reason }: Considered) {
  return {
    endpoint_id: endpoint.id,
    subscription_id: endpoint.subscriptionId,
    url: endpoint.url,
    verdict: reason === null ? 'sent' : reason === 'held' ? 'held' : 'skipped',
    reason,
    explanation: reason === null ? 'It would be sent.' : EXPLANATIONS[reason](endpoint),
  };
}

const EXPLANATIONS: Record<SkipReason, (endpoint: Considered['endpoint']) => string> = {
  version: ({ version }) => `The endpoint takes version "${version}" and no other.`,
  event_type: () => 'The endpoint has not enabled this event type.',
  inactive: () => 'The endpoint was turned off by hand. Turn it on to send to it.',
  held: () => 'We turned the endpoint off because it failed. The message would be kept until it is replayed.',
};
