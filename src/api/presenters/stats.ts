import type { HourCount } from '../../attempts/delivery-counts.ts';
import type { Missed } from '../../messages/messages.ts';

/** Attempts of the last day, in all and by the hour, oldest first; and what can be replayed. */
export function presentStats(hours: HourCount[], { failed: failedDeliveries, held }: Missed) {
  const succeeded = hours.reduce((sum, hour) => sum + hour.succeeded, 0);
  const failed = hours.reduce((sum, hour) => sum + hour.failed, 0);
  const attempts = succeeded + failed;
  return {
    attempts,
    succeeded,
    failed,
    error_rate: attempts === 0 ? 0 : Math.round((failed / attempts) * 10_000) / 100,
    missed: { failed: failedDeliveries, held },
    by_hour: hours.map((hour) => ({ hour: hour.hour, succeeded: hour.succeeded, failed: hour.failed })),
  };
}
