import type { EndpointLane } from './endpoint-lane.ts';

type Waiting = Pick<EndpointLane, 'accountId' | 'isSlow' | 'pending'>;

/**
 * The accounts of which at least half of what is in memory waits for slow receivers, or for their answers. Receivers
 * that are not known yet count for neither.
 */
export function slowAccounts(lanes: Iterable<Waiting>): Set<string> {
  const slow = new Map<string, number>();
  for (const { accountId, isSlow, pending } of lanes) {
    if (pending > 0 && isSlow !== undefined)
      slow.set(accountId, (slow.get(accountId) ?? 0) + (isSlow ? pending : -pending));
  }
  return new Set([...slow.keys()].filter((accountId) => (slow.get(accountId) ?? 0) >= 0));
}
