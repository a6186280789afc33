import type { DeliveryState } from './delivery.ts';

/** A message that is old, with what is known of its deliveries. */
export interface OldMessage {
  endpointIds: string[];
  deliverAt: Date | null;
  /** Those that have a row. */
  deliveries: { endpointId: string; state: DeliveryState }[];
  /** Of endpoints that it succeeded at. */
  deliveredTo: string[];
}

/**
 * Whether somebody still waits for it: it is to be sent later, a delivery has attempts left, or one was never attempted.
 * What failed, and what is held for a replay that nobody asked for, is not owed.
 */
export function isOutstanding(
  { endpointIds, deliverAt, deliveries, deliveredTo }: OldMessage,
  nowMs: number,
): boolean {
  if (deliverAt !== null && deliverAt.getTime() > nowMs) return true;
  if (deliveries.some(({ state }) => state === 'scheduled')) return true;
  const settled = new Set([...deliveredTo, ...deliveries.map(({ endpointId }) => endpointId)]);
  return endpointIds.some((endpointId) => !settled.has(endpointId));
}
