import { type Delivery, isOutstandingState } from './delivery.ts';

/**
 * Whether an attempt of a message is to come: the message is scheduled for later, or one of its deliveries is
 * outstanding.
 */
export function isOutstanding(
  { deliverAt }: { deliverAt: Date | null },
  deliveries: Pick<Delivery, 'state'>[],
  nowMs: number,
): boolean {
  if (deliverAt !== null && deliverAt.getTime() > nowMs) return true;
  return deliveries.some(({ state }) => isOutstandingState(state));
}
