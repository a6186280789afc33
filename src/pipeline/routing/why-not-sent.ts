import type { Routable, SkipReason } from './route.ts';

/** The reason why a message was not sent to an endpoint, as text for people. */
export function whyNotSent(reason: SkipReason, endpoint: Routable): string {
  return WORDS[reason](endpoint);
}

const WORDS: Record<SkipReason, (endpoint: Routable) => string> = {
  version: ({ version }) => `The endpoint took version "${version}" and no other.`,
  event_type: () => 'The endpoint had not enabled this event type.',
  channel: () => 'The endpoint had none of the message’s channels.',
  filtered: () => 'The endpoint’s filter did not match. The message was kept for a replay.',
  held: ({ inactiveReason }) =>
    inactiveReason === null
      ? 'The endpoint had been turned off by hand. The message was kept for a replay.'
      : 'We had turned the endpoint off because it failed. The message was kept for a replay.',
};
