import { CompiledDeduplication } from './deduplication.ts';
import type { RateLimit } from './rate-limit.ts';
import type { AppRules, EndpointRules } from './rules.ts';

/**
 * What the queue of an endpoint does with its deliveries. Only endpoints with a rule that has to see their other
 * deliveries have one.
 */
export interface QueueRules {
  isPaused: boolean;
  rateLimit: RateLimit | null;
  isFifo: boolean;
  delaySeconds: number;
  /** Whether a newer message replaces one with its key that waits. */
  coalesces: boolean;
  /** `null`: each message is another. */
  deduplication: CompiledDeduplication | null;
}

/** `null`: the endpoint needs no queue. `app`: the defaults. */
export function queueRulesOf(
  endpoint: EndpointRules,
  app: AppRules,
  { isPaused }: { isPaused: boolean },
): QueueRules | null {
  const rateLimit = endpoint.rate_limit ?? app.rate_limit ?? null;
  const isFifo = endpoint.ordering === 'fifo';
  const delaySeconds = endpoint.delay_seconds ?? 0;
  const deduplication =
    endpoint.deduplication === undefined ? null : new CompiledDeduplication(endpoint.deduplication);
  const coalesces = endpoint.coalesce === true;
  const isNeeded =
    isPaused || rateLimit !== null || isFifo || delaySeconds > 0 || coalesces || deduplication !== null;
  return isNeeded ? { isPaused, rateLimit, isFifo, delaySeconds, coalesces, deduplication } : null;
}
