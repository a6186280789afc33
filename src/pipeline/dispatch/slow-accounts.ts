import type { EndpointLane } from './endpoint-lane.ts';

type Waiting = Pick<EndpointLane, 'accountId' | 'isSlow' | 'waiting'>;

/**
 * The accounts of which at least half of what waits in memory waits for slow receivers. Receivers that are not known
 * yet count for neither.
 */
export function slowAccounts(lanes: Iterable<Waiting>): Set<string> {
  const slow = new Map<string, number>();
  for (const { accountId, isSlow, waiting } of lanes) {
    if (waiting > 0 && isSlow !== undefined)
      slow.set(accountId, (slow.get(accountId) ?? 0) + (isSlow ? waiting : -waiting));
  }
  return new Set([...slow.keys()].filter((accountId) => (slow.get(accountId) ?? 0) >= 0));
}
