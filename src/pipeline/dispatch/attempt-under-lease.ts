import { type DeliveryOutcome, notAttempted } from '#src/domain/deliveries/delivery-outcome.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { Sender, SendLimits } from '#src/pipeline/send/sender.ts';
import type { OpenLeases } from './open-leases.ts';

interface Dependencies {
  sender: Sender;
  clock: Clock;
  logger: Logger;
}

/** A delivery whose attempt failed on our side is snoozed for this long. */
const SNOOZE_UNATTEMPTED_SECONDS = 5;

/** Makes the attempt, unless it could outlast its lease or fails on our side: then the delivery is snoozed. */
export async function attemptUnderLease(
  { sender, clock, logger }: Dependencies,
  delivery: LeasedDelivery,
  { leases, mayGrow }: { leases: OpenLeases; mayGrow: SendLimits['mayGrow'] },
): Promise<DeliveryOutcome> {
  if (leases.isExpiring(delivery.lease)) return snoozed(clock, delivery, 0);
  try {
    return await sender.send(delivery, { isTooLate: () => leases.isExpiring(delivery.lease), mayGrow });
  } catch (error) {
    // An error on our side, such as a database that does not answer: it costs no attempt.
    logger.error({ err: error }, 'a delivery could not be attempted; snoozing it');
    return snoozed(clock, delivery, SNOOZE_UNATTEMPTED_SECONDS);
  }
}

/** The outcome of a delivery that is tried again in so many seconds, at no cost in attempts. */
export const snoozed = (clock: Clock, delivery: LeasedDelivery, retryInSeconds: number): DeliveryOutcome =>
  notAttempted(delivery, { retryInSeconds, nowMs: clock.now() });
