import type { Pool } from 'pg';
import type { AttemptCount, DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import type { LatestAttempt } from '#src/domain/attempts/latest-of-deliveries.ts';
import { latestOfEndpoints } from '#src/domain/attempts/latest-of-endpoints.ts';
import { countMissed } from '#src/domain/deliveries/count-missed.ts';
import type { Missed } from '#src/domain/deliveries/delivery.ts';

/** Missed deliveries of an endpoint are counted up to this. */
const MAX_MISSED = 1000;

/** How an endpoint fares. */
export interface EndpointHealth extends AttemptCount {
  /** Deliveries that were given up or are held. */
  missed: Missed;
  /** Whether it missed at least so many. */
  isMissedCut: boolean;
  /** Null: nothing was sent to it yet. */
  latest: LatestAttempt | null;
}

interface Parts {
  pool: Pool;
  deliveryCounts: DeliveryCounts;
}

/** Attempts of the last 24 hours, what was missed, and the latest attempt of each of a page of endpoints. */
export async function healthOfEndpoints(
  { pool, deliveryCounts }: Parts,
  accountId: string,
  endpointIds: string[],
): Promise<(endpointId: string) => EndpointHealth> {
  const [counts, missed, latest] = await Promise.all([
    deliveryCounts.ofEndpoints(accountId, endpointIds),
    countMissed(pool, { accountId, endpointIds }, { upTo: MAX_MISSED }),
    latestOfEndpoints(pool, accountId, endpointIds),
  ]);
  return (endpointId) => {
    const { failed, held } = missed.get(endpointId) ?? { failed: 0, held: 0 };
    return {
      ...(counts.get(endpointId) ?? { succeeded: 0, failed: 0 }),
      missed: { failed, held },
      isMissedCut: failed + held >= MAX_MISSED,
      latest: latest.get(endpointId) ?? null,
    };
  };
}
