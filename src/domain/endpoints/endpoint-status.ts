import type { Clock } from '#src/infra/lib/clock.ts';
import type { Endpoint, EndpointStatus } from './endpoint.ts';

/**
 * The health fields after a person sets `status`. Turning an endpoint on clears its failures and the reason for being
 * off. Turning it off records the time and no reason. A status that does not change leaves the fields as they are.
 */
export function healthAfter(endpoint: Endpoint, status: EndpointStatus | undefined, clock: Clock) {
  if (status === undefined || status === endpoint.status) return {};
  const inactiveSince = status === 'active' ? null : new Date(clock.now());
  return { inactiveReason: null, inactiveSince, failingSince: null, nextProbeAt: null };
}

/** The columns of a pause, which keeps when it began. */
export function pauseAfter({ pausedAt }: Endpoint, isPaused: boolean | undefined, clock: Clock) {
  if (isPaused === undefined || isPaused === (pausedAt != null)) return {};
  return { pausedAt: isPaused ? new Date(clock.now()) : null };
}
