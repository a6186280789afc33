import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';

/** What a send tells about its endpoint's capacity. `unsent` tells nothing, because no request was made. */
export type ResponseSignal = 'good' | 'overloaded' | 'unsent';

const OVERLOADED_STATUSES = new Set([429, 500, 502, 503, 504]);

/**
 * Any answer but an overloaded one is good, a 404 too: the endpoint has capacity. Timeouts and refusals are overload.
 */
export function responseSignalOf({ attempt }: DeliveryOutcome): ResponseSignal {
  if (attempt === null) return 'unsent';
  if (attempt.outcome !== 'status') return 'overloaded';
  return OVERLOADED_STATUSES.has(attempt.statusCode ?? 0) ? 'overloaded' : 'good';
}
